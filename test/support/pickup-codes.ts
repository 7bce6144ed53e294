import { imageToken, type PassKey, pickupToken } from '../../src/pickup/pickup-token.js';
import type { TestApp } from './test-app.js';

/** What the order's QR code says: the counter's token. */
export const pickupTokenOf = async (app: TestApp, orderId: string): Promise<string> =>
  pickupToken(await passOf(app, orderId));

/** Where the order's QR image is, for an hour from now. */
export async function imagePathOf(app: TestApp, orderId: string): Promise<string> {
  const inAnHour = new Date(Date.now() + 3_600_000);
  return `/q/${imageToken(await passOf(app, orderId), inAnHour)}.png`;
}

async function passOf(app: TestApp, orderId: string): Promise<PassKey> {
  const [pass] = await app.sql<PassKey>(
    `SELECT id, secret FROM pickup_passes WHERE order_id = $1`,
    [orderId],
  );
  if (!pass) throw new Error('the order has no pass');
  return pass;
}
