import { setTimeout as pause } from 'node:timers/promises';
import { performAtStripe } from './perform-at-stripe.js';
import { performAtShop } from './perform-at-shop.js';
import { describeStep, type Step } from './step.js';
import type { World } from './world.js';

/** Does it and writes it down; answers when nothing of it is on the way any more, but what a pause holds. */
export async function performStep(world: World, step: Step, number: number): Promise<void> {
  world.aimAtSomebody();
  world.trace.say(`${String(number).padStart(3)}. ${describeStep(step)}`);
  const steps = step.do === 'together' ? step.steps : [step];
  const drag = 'drag' in step ? step.drag : 0;
  await world.clock.dragging(drag, () => Promise.all(steps.map((one) => performOne(world, one))));
  await settle(world);
}

async function performOne(world: World, step: Step): Promise<void> {
  const outcome = await perform(world, step);
  if (outcome !== '') world.trace.say(`     → ${outcome}`);
}

/** What is still on the way then waits for the paused instance. */
const PAUSED_MS = 50;

/** Images that Twilio fetches and callbacks it makes; those that a paused instance holds are not awaited. */
export async function settle(world: World): Promise<void> {
  const { stripe, twilio } = world.providers.doubles;
  const isPaused = world.instances.some(({ life }) => !life.available && !life.dead);
  await Promise.race([twilio.settled(), ...(isPaused ? [pause(PAUSED_MS)] : [])]);
  for (const { session, paymentIntentId } of stripe.allSessions) {
    world.trace.count('session', session.id);
    if (paymentIntentId) world.trace.count('payment', paymentIntentId);
  }
}

/** What came of it, in a few words. */
async function perform(world: World, step: Step): Promise<string> {
  switch (step.do) {
    case 'tick':
      return tick(world, step);
    case 'kill':
      world.instances[step.at]!.life.dieAfter(step.edges);
      return '';
    case 'pause':
      if (!world.instances[step.at]!.life.dead) world.instances[step.at]!.life.pauseAtNextAnswer();
      return '';
    case 'wake':
      return wake(world, step.at);
    case 'restart':
      return restart(world, step.at);
    case 'jump':
      await world.providers.landed();
      await world.clock.jump(step.seconds);
      return '';
    case 'fault':
      world.providers.add(step.fault);
      return '';
    case 'pay':
    case 'settle debit':
    case 'pay elsewhere':
    case 'deliver':
    case 'deliver all':
    case 'drop':
    case 'dispute':
    case 'message status':
      return performAtStripe(world, step);
    case 'together':
      return '';
    case 'order':
    case 'repeat order':
    case 'click':
    case 'cancel':
    case 'refund':
    case 'pick up':
    case 'remind':
    default:
      return performAtShop(world, step);
  }
}

async function tick(world: World, { what, at }: Extract<Step, { do: 'tick' }>): Promise<string> {
  const answers = await Promise.all(at.map((one) => tickAt(world, what, one)));
  return answers.join(', ');
}

export async function tickAt(
  world: World,
  what: Extract<Step, { do: 'tick' }>['what'],
  at: number,
): Promise<string> {
  const answer = await world.on(at, async (instance): Promise<number | string> => {
    if (what === 'drain') return instance.drain();
    if (what === 'checkout' || what === 'refunds' || what === 'delivery check') {
      await instance.tick(what);
      return 'done';
    }
    const path = what === 'reminders' ? 'payment-reminders' : 'reconcile-payments';
    const told = await instance.http('GET', `/api/cron/${path}`, { as: 'cron' });
    return told?.status === 200 ? Number(told.body['processed']) : `status ${told?.status}`;
  });
  return String(answer ?? 'nobody');
}

/** The instance goes on, and what it had not finished is awaited, unless it dies meanwhile. */
export async function wake(world: World, at: number): Promise<string> {
  const { life } = world.instances[at]!;
  if (life.dead) return '';
  life.wake();
  const held = world.held.filter((one) => one.at === at).map(({ working }) => working);
  world.held = world.held.filter((one) => one.at !== at);
  await Promise.race([Promise.allSettled(held), life.interrupted]);
  return held.length > 0 ? `${held.length} go on` : '';
}

async function restart(world: World, at: number): Promise<string> {
  world.instances[at]!.life.die();
  await world.restart(at);
  return '';
}
