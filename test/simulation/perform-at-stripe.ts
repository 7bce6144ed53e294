import { sessionByHand } from '../support/session-by-hand.js';
import { fromOrder } from './order-row.js';
import type { Step } from './step.js';
import type { World } from './world.js';

type StripeStep = Extract<
  Step,
  {
    do:
      | 'pay'
      | 'settle debit'
      | 'pay elsewhere'
      | 'deliver'
      | 'deliver all'
      | 'drop'
      | 'dispute'
      | 'message status';
  }
>;

/** What customers, banks, Stripe and Twilio do. */
export async function performAtStripe(world: World, step: StripeStep): Promise<string> {
  switch (step.do) {
    case 'pay':
      return pay(world, step);
    case 'settle debit':
      return settleDebit(world, step);
    case 'pay elsewhere':
      return payElsewhere(world, step);
    case 'deliver':
      return deliver(world, step);
    case 'deliver all':
      return deliverAll(world, step);
    case 'drop': {
      const record = nthOf(world.waitingEvents(), step.nth);
      if (!record) return 'nothing to drop';
      world.dropped.add(record.event.id);
      return `${record.event.type} is never delivered`;
    }
    case 'dispute':
      return dispute(world, step);
    case 'message status':
    default:
      return messageStatus(world, step);
  }
}

export const nthOf = <T>(list: readonly T[], nth: number): T | undefined => list[nth % list.length];

function pay(world: World, { order, nth, card }: Extract<Step, { do: 'pay' }>): string {
  const { stripe } = world.providers.doubles;
  const { id } = world.orders[order] ?? { id: null };
  const open = stripe.allSessions.filter(
    ({ session }) => session.client_reference_id === id && session.status === 'open',
  );
  const record = id === null ? undefined : nthOf(open, nth);
  if (!record) return 'no open session';
  const { result } = stripe.pay(record.session.id, card);
  if (result === 'paid') world.figures.payments += 1;
  return `${record.session.id} is ${result}`;
}

function settleDebit(world: World, { nth, result }: Extract<Step, { do: 'settle debit' }>): string {
  const record = nthOf(debitsUnderWay(world), nth);
  if (!record) return 'no debit under way';
  world.providers.doubles.stripe.settleDelayed(record.session.id, result);
  if (result === 'succeeded') world.figures.payments += 1;
  return `${record.session.id} ${result}`;
}

export const debitsUnderWay = ({ providers }: World) =>
  providers.doubles.stripe.allSessions.filter(
    ({ session, paymentIntentId }) =>
      session.status === 'complete' &&
      session.payment_status === 'unpaid' &&
      paymentIntentId !== null &&
      providers.doubles.stripe.paymentIntentOf(session.id).status === 'processing',
  );

/** Money by a session that the shop did not ask for. */
async function payElsewhere(
  world: World,
  { order, wrong }: Extract<Step, { do: 'pay elsewhere' }>,
): Promise<string> {
  const row = await fromOrder(world, order);
  if (!row) return 'no such order';
  const currency = wrong === 'currency' ? 'usd' : row.currency;
  const totalAmount = row.totalAmount - (wrong === 'amount' ? 100 : 0);
  const session = sessionByHand({ ...row, currency, totalAmount });
  try {
    const { id } = await world.stripe.checkout.sessions.create(session);
    world.providers.doubles.stripe.pay(id);
    world.figures.payments += 1;
    return `${id} is paid`;
  } catch {
    return 'Stripe was out of reach';
  }
}

async function deliver(
  world: World,
  { nth, at, fresh }: Extract<Step, { do: 'deliver' }>,
): Promise<string> {
  const { stripe } = world.providers.doubles;
  const records = fresh
    ? world.waitingEvents()
    : stripe.events.filter(({ delivered }) => delivered);
  const record = nthOf(records, nth);
  if (!record) return 'nothing to deliver';
  const statuses = await Promise.all(at.map((one) => world.deliver(record, one)));
  return `${record.event.type} ${record.event.id}: ${statuses.map(told).join(', ')}`;
}

const told = (status: number | null): string => String(status ?? 'no answer');

async function deliverAll(
  world: World,
  { backwards, at }: Extract<Step, { do: 'deliver all' }>,
): Promise<string> {
  const waiting = world.waitingEvents();
  const lines: string[] = [];
  for (const record of backwards ? waiting.toReversed() : waiting) {
    const status = await world.deliver(record, at);
    lines.push(`${record.event.type} ${record.event.id}: ${told(status)}`);
  }
  return lines.join('; ');
}

/** A bank asks for the money, or decides about what it asked for. */
function dispute(world: World, { nth, result }: Extract<Step, { do: 'dispute' }>): string {
  const { stripe } = world.providers.doubles;
  const open = stripe.eventsOf('charge.dispute.created').map(({ data }) => data.object.id);
  const decided = new Set(
    stripe.eventsOf('charge.dispute.closed').map(({ data }) => data.object.id),
  );
  const undecided = nthOf(
    open.filter((id) => !decided.has(id)),
    nth,
  );
  if (undecided !== undefined) {
    stripe.closeDispute(undecided, result);
    return `a dispute is ${result}`;
  }
  const charge = nthOf(
    stripe.charges.filter(({ captured, disputed, refunded }) => captured && !disputed && !refunded),
    nth,
  );
  if (typeof charge?.payment_intent !== 'string') return 'nothing to dispute';
  try {
    stripe.dispute(charge.payment_intent);
  } catch {
    return 'cannot be disputed';
  }
  return `${charge.payment_intent} is disputed`;
}

async function messageStatus(
  world: World,
  { nth, status }: Extract<Step, { do: 'message status' }>,
): Promise<string> {
  const { twilio } = world.providers.doubles;
  const message = nthOf(
    twilio.messages.filter(({ direction }) => direction === 'outbound-api'),
    nth,
  );
  if (!message) return 'no message';
  const failed = status === 'failed' || status === 'undelivered';
  const hasEnded = ['delivered', 'read', 'failed', 'undelivered'].includes(message.status);
  const options = failed ? { errorCode: 63024 } : {};
  // After an end only a late word of an earlier state can come.
  if (hasEnded) await twilio.callback(message.sid, 'sent');
  else await twilio.advance(message.sid, status, options);
  return hasEnded ? 'late: sent' : status;
}
