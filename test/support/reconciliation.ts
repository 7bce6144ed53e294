import type { TestApp } from './test-app.js';

/** As if minutes had passed: events are old enough to be read, and every look at a session is due. */
export async function makeChecksDue(app: TestApp): Promise<void> {
  for (const { event } of app.doubles.stripe.events) event.created -= 120;
  await app.sql(`UPDATE checkout_sessions SET next_check_at = now() WHERE next_check_at > now()`);
}

/** What the next runs of the timers do; answers how many things were mended. */
export async function reconcileLater(app: TestApp): Promise<number> {
  await makeChecksDue(app);
  const mended = await app.reconcile();
  await app.tickCheckout();
  return mended;
}

/** What the host's scheduler does. */
export async function callReconcile(app: TestApp): Promise<number> {
  const answer = await app.http
    .get('/api/cron/reconcile-payments')
    .set('authorization', `Bearer ${app.config.access.cronSecret}`)
    .expect(200);
  return (answer.body as { processed: number }).processed;
}
