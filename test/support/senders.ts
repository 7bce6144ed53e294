import type { OutboxRow } from './outbox.js';
import type { TestApp } from './test-app.js';

/** A channel as all processes together know it. */
export interface SenderRow {
  readonly failures: number;
  readonly pauseReason: string | null;
  /** Seconds until it sends again, by the database's clock; null: it sends. */
  readonly restSeconds: number | null;
}

export async function senderOf(app: TestApp, channel = 'whatsapp'): Promise<SenderRow> {
  const [row] = await app.sql<SenderRow>(
    `SELECT failures, pause_reason AS "pauseReason",
            CASE WHEN paused_until > now()
                 THEN extract(epoch FROM paused_until - now())::float END AS "restSeconds"
       FROM channel_senders WHERE channel = $1`,
    [channel],
  );
  return row!;
}

/** The channel's rest is over; what it knows of its provider stays. */
export async function endRest(app: TestApp, channel = 'whatsapp'): Promise<void> {
  await app.sql(`UPDATE channel_senders SET paused_until = now() WHERE channel = $1`, [channel]);
}

/** Why nothing leaves for a number any more, one `channel reason code` a line. */
export async function flagsOf(app: TestApp, phoneNumber: string): Promise<string[]> {
  const rows = await app.sql<{ line: string }>(
    `SELECT channel || ' ' || reason || ' ' || error_code AS line FROM unreachable_numbers
      WHERE phone_number = $1 ORDER BY channel`,
    [phoneNumber],
  );
  return rows.map(({ line }) => line);
}

/** Twilio's refusal of one request with a code of its own. */
export const refusal = (code: number, status = 400) => ({
  kind: 'status' as const,
  status,
  body: { code, message: 'refused', more_info: '', status },
});

/** What an order's timeline says of its messages by WhatsApp, oldest first. */
export async function toldOf(app: TestApp, orderId: string): Promise<Partial<OutboxRow>[]> {
  const answer = await app.as('admin').get(`/api/orders/${orderId}/timeline`).expect(200);
  return (answer.body as { data: { type: string; data: Partial<OutboxRow> }[] }).data
    .filter(({ type, data }) => type.startsWith('message.') && data.channel === 'whatsapp')
    .map(({ data }) => data);
}
