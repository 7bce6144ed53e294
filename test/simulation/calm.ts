import { INSTANCES } from './draw-schedule.js';
import { place } from './perform-at-shop.js';
import { debitsUnderWay } from './perform-at-stripe.js';
import { settle, tickAt, wake } from './perform-step.js';
import type { World } from './world.js';
import { TICKS } from './step.js';

/** Waits between rounds, in seconds: longer than every lease, then as long as retries may take. */
const PAUSES = [70, 70, 320, 700, 1_800, 3_600, 7_300, 7_300, 7_300];
/** Reconciliation leaves younger events to webhooks, and a little more. */
const LEFT_TO_WEBHOOKS_SECONDS = 65;
const LINK_LIFE_SECONDS = 26 * 3_600;

/** The storm ends: providers work, instances live, clients repeat what was not answered. */
export async function calmDown(world: World): Promise<void> {
  world.trace.say('     the storm is over');
  world.providers.mend();
  for (const [at, { life }] of world.instances.entries()) {
    life.disarm();
    if (!life.dead) await wake(world, at);
    if (life.dead) await world.restart(at);
  }
  await comeToRest(world);
}

/** Every event is told, and the ticks go on until they find nothing more to do. */
async function comeToRest(world: World): Promise<void> {
  for (const [round, pause] of PAUSES.entries()) {
    await repeatOrders(world);
    await deliverWaiting(world);
    for (const what of TICKS) {
      world.aimAtSomebody();
      await tickAt(world, what, round % INSTANCES);
    }
    await settle(world);
    if (await isQuiet(world)) return;
    await world.clock.jump(pause);
  }
}

async function repeatOrders(world: World): Promise<void> {
  for (const [number, order] of world.orders.entries()) {
    if (order && order.id === null && !order.refused) await place(world, number, [0]);
  }
}

async function deliverWaiting(world: World): Promise<void> {
  for (const record of world.waitingEvents()) {
    const status = await world.deliver(record, Math.floor(Math.random() * INSTANCES));
    if (status !== 200) world.trace.say(`     ${record.event.type} is answered ${status}`);
  }
}

async function isQuiet(world: World): Promise<boolean> {
  const { rows } = await world.database.client.query<{ busy: boolean }>(
    `SELECT EXISTS (SELECT FROM notifications WHERE status IN ('queued', 'sending'))
         OR EXISTS (SELECT FROM refunds WHERE status = 'creating')
         OR EXISTS (SELECT FROM checkout_sessions
                     WHERE status IN ('creating', 'closing')
                        OR (status = 'abandoned' AND next_check_at IS NOT NULL)) AS busy`,
  );
  const isAnswered = world.orders.every((order) => !order || order.refused || order.id !== null);
  return !rows[0]!.busy && isAnswered && !isStillToBeTold(world);
}

/** An event waits for its delivery, or was dropped and is still too young for reconciliation to read. */
function isStillToBeTold(world: World): boolean {
  const youngFrom = Date.now() / 1_000 - LEFT_TO_WEBHOOKS_SECONDS;
  const { events } = world.providers.doubles.stripe;
  return (
    world.waitingEvents().length > 0 ||
    events.some(({ event: { id, created } }) => world.dropped.has(id) && created > youngFrom)
  );
}

/** Debits are decided and every link outlives its day, as often as a failed debit makes a new one. */
export async function outliveLinks(world: World): Promise<void> {
  world.trace.say('     days go by');
  for (let round = 0; round < 3; round += 1) {
    for (const { session } of debitsUnderWay(world)) {
      world.providers.doubles.stripe.settleDelayed(session.id, round > 0 ? 'failed' : 'succeeded');
    }
    await comeToRest(world);
    await world.clock.jump(LINK_LIFE_SECONDS);
    await comeToRest(world);
    if (!(await someoneWaits(world))) return;
  }
}

async function someoneWaits({ database }: World): Promise<boolean> {
  const { rows } = await database.client.query<{ waits: boolean }>(
    `SELECT EXISTS (SELECT FROM orders WHERE status = 'pending') AS waits`,
  );
  return rows[0]!.waits;
}
