import PgBoss from 'pg-boss';
import { bareTwilio } from '../limit/bare-twilio.js';
import { type MessageJob, QUEUE } from './message-job.js';

/**
 * The same messages as jobs of a library that keeps its queue in PostgreSQL too. A fetch of it sorts
 * all that waits, whatever it takes: so it takes many (a hundred at a time were three times slower).
 * `fetch` and `complete` by batch, rather than `work`, whose worker does not fetch while it handles.
 */
const BATCH = 1_000;
const PLACES = 20;

const { DATABASE_URL = '', PROVIDERS_URL = '' } = process.env;
const twilio = bareTwilio(PROVIDERS_URL);
const boss = new PgBoss({ connectionString: DATABASE_URL, supervise: false, schedule: false });
boss.on('error', (error) => console.error(error));

const claim = async (): Promise<PgBoss.Job<MessageJob>[]> =>
  (await boss.fetch<MessageJob>(QUEUE, { batchSize: BATCH })) ?? [];

async function send({ nid, phoneNumber, firstName, orderNumber, paymentUrl }: MessageJob) {
  await twilio.messages.create({
    from: 'whatsapp:+14155238886',
    to: `whatsapp:${phoneNumber}`,
    body: `Bonjour ${firstName},\n\nVotre commande ${orderNumber} attend son paiement.\n\nPayer maintenant : ${paymentUrl}\n\nLe lien reste valable jusqu'à demain.`,
    statusCallback: `http://127.0.0.1/api/webhook/twilio/status?nid=${nid}`,
  });
}

process.once('SIGTERM', () => process.exit());
await boss.start();
// The next batch is claimed while this one is sent, as in the other programs.
for (let coming = claim(); ;) {
  const jobs = await coming;
  if (jobs.length === 0) break;
  coming = claim();
  const waiting = jobs.values();
  const place = async (): Promise<void> => {
    for (const { data } of waiting) await send(data);
  };
  await Promise.all(Array.from({ length: PLACES }, place));
  const ids = jobs.map(({ id }) => id);
  await boss.complete(QUEUE, ids);
}
