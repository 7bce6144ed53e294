import pg from 'pg';
import { bareTwilio } from './bare-twilio.js';

/** The least that empties the outbox: claim a batch, send it, settle it, by one statement each. */
const BATCH = 100;
const PLACES = 20;

const CLAIM = `
WITH chosen AS (
  SELECT id FROM notifications
   WHERE channel = 'whatsapp' AND status IN ('queued', 'sending') AND available_at <= now()
     AND (status = 'queued' OR lease_until < now())
   ORDER BY available_at, id LIMIT ${BATCH}
     FOR UPDATE SKIP LOCKED
)
UPDATE notifications n
   SET status = 'sending', attempts = n.attempts + 1, updated_at = now(),
       lease_until = now() + interval '60 seconds'
  FROM customers c
 WHERE n.id = ANY (ARRAY(SELECT id FROM chosen)) AND c.id = n.customer_id
RETURNING n.id, n.attempts, n.params, c.phone_number AS "phoneNumber", c.first_name AS "firstName"`;

const SETTLE = `
UPDATE notifications n
   SET status = 'sent', provider_id = s.sid, lease_until = NULL, updated_at = now(), sent_at = now(),
       delivery_check_at = now() + interval '15 minutes'
  FROM unnest($1::bigint[], $2::int[], $3::text[]) AS s (id, attempts, sid)
 WHERE n.id = s.id AND n.attempts = s.attempts AND n.status = 'sending'`;

interface Claimed {
  readonly id: string;
  readonly attempts: number;
  readonly params: { readonly orderNumber: string; readonly paymentUrl: string };
  readonly phoneNumber: string;
  readonly firstName: string | null;
}

const { DATABASE_URL = '', PROVIDERS_URL = '' } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 3 });
const twilio = bareTwilio(PROVIDERS_URL);

const claim = async (): Promise<Claimed[]> =>
  (await pool.query<Claimed>({ name: 'claim', text: CLAIM })).rows;

async function send({ id, params, phoneNumber, firstName }: Claimed): Promise<string> {
  const { sid } = await twilio.messages.create({
    from: 'whatsapp:+14155238886',
    to: `whatsapp:${phoneNumber}`,
    body: `Bonjour ${firstName},\n\nVotre commande ${params.orderNumber} attend son paiement.\n\nPayer maintenant : ${params.paymentUrl}\n\nLe lien reste valable jusqu'à demain.`,
    statusCallback: `http://127.0.0.1/api/webhook/twilio/status?nid=${id}`,
  });
  return sid;
}

process.once('SIGTERM', () => process.exit());
// The next batch is claimed while this one is sent, so that neither waits for the other.
for (let coming = claim(); ;) {
  const batch = await coming;
  if (batch.length === 0) break;
  coming = claim();
  const sids: string[] = [];
  const waiting = batch.entries();
  const place = async (): Promise<void> => {
    for (const [position, message] of waiting) sids[position] = await send(message);
  };
  await Promise.all(Array.from({ length: PLACES }, place));
  await pool.query({
    name: 'settle',
    text: SETTLE,
    values: [batch.map(({ id }) => id), batch.map(({ attempts }) => attempts), sids],
  });
}
