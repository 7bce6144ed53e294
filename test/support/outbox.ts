import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { TwilioMessage } from '../../src/sandbox/twilio-double/twilio-message.js';
import { placeOrder } from './factories.js';
import type { TestApp } from './test-app.js';

/** A row of the outbox, as the database holds it. */
export interface OutboxRow {
  readonly id: string;
  readonly kind: string;
  readonly slot: string;
  readonly channel: string;
  readonly status: string;
  readonly attempts: number;
  readonly ambiguous: boolean;
  readonly providerId: string | null;
  readonly deliveryStatus: string | null;
  readonly errorCode: string | null;
  readonly sentAt: Date | null;
  /** How far `available_at` lies ahead of the database's clock, in seconds. */
  readonly waitSeconds: number;
}

/** An order's messages, oldest first. */
export async function outboxOf(app: TestApp, orderId: string): Promise<OutboxRow[]> {
  return app.sql<OutboxRow>(
    `SELECT id, kind, slot, channel, status, attempts, ambiguous, provider_id AS "providerId",
            delivery_status AS "deliveryStatus", error_code AS "errorCode", sent_at AS "sentAt",
            extract(epoch FROM available_at - now())::float AS "waitSeconds"
       FROM notifications WHERE order_id = $1 ORDER BY id`,
    [orderId],
  );
}

/** An order whose confirmation has been taken by Twilio and told nothing of since. */
export interface SentConfirmation {
  readonly order: OrderResponse;
  readonly message: TwilioMessage;
}

export async function sentConfirmation(app: TestApp): Promise<SentConfirmation> {
  const order = await placeOrder(app);
  await app.drain();
  return { order, message: whatsappTo(app, order)[0]! };
}

/** The latest row of a kind. */
export async function outboxRow(
  app: TestApp,
  orderId: string,
  kind: string,
  channel = 'whatsapp',
): Promise<OutboxRow> {
  const rows = await outboxOf(app, orderId);
  const row = rows.findLast((one) => one.kind === kind && one.channel === channel);
  if (!row) throw new Error(`no ${kind} by ${channel} among ${JSON.stringify(rows)}`);
  return row;
}

/** Makes what was postponed due now, as if its pause were over. */
export async function hurry(app: TestApp, orderId: string): Promise<void> {
  await app.sql(
    `UPDATE notifications SET available_at = now() WHERE order_id = $1 AND status = 'queued'`,
    [orderId],
  );
  await wakeChannels(app);
}

/** As if every pause of a channel, because its provider was down or a limit was reached, were over. */
export async function wakeChannels(app: TestApp): Promise<void> {
  await app.sql(`UPDATE channel_senders SET paused_until = NULL, failures = 0`);
}

/** As a process leaves a row that it had claimed and never settled; its lease ran out a moment ago. */
export async function abandon(app: TestApp, id: string): Promise<void> {
  await app.sql(
    `UPDATE notifications
        SET status = 'sending', attempts = greatest(attempts, 1), provider_id = NULL,
            delivery_status = NULL, error_code = NULL, sent_at = NULL,
            lease_until = now() - interval '1 second'
      WHERE id = $1`,
    [id],
  );
}

/** What reached the customer's WhatsApp, oldest first. */
export const whatsappTo = (app: TestApp, { customer }: OrderResponse): TwilioMessage[] =>
  app.doubles.twilio.messagesTo(`whatsapp:${customer.phoneNumber}`);

/** The first line of each, which tells their kinds apart. */
export const titlesTo = (app: TestApp, order: OrderResponse): string[] =>
  whatsappTo(app, order).map(({ body }) => body.split('\n')[0] ?? '');

export const TITLE = {
  confirmation: '🛒 COMMANDE ENREGISTRÉE',
  thankYou: '🎉 MERCI POUR VOTRE COMMANDE !',
  pickupQr: '📱 VOTRE QR CODE DE RETRAIT',
  reminder: '⏰ FINALISEZ VOTRE COMMANDE',
  expired: '⏰ LIEN DE PAIEMENT EXPIRÉ',
  cancelled: '🚫 COMMANDE ANNULÉE',
} as const;

/** Requests that would have made a message. */
export const sendRequests = (app: TestApp): number =>
  app.doubles.twilio.requestsTo('POST', MESSAGES).length;

/** Twilio's address of messages, to send and to list. */
export const MESSAGES = /\/Messages\.json$/;
