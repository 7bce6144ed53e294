import { type PassKey, pickupToken } from '../../src/pickup/pickup-token.js';
import type { Answer, HttpOptions } from './instance.js';
import { fromOrder } from './order-row.js';
import { PEOPLE } from './people.js';
import type { Step } from './step.js';
import type { KnownOrder, World } from './world.js';

type ShopStep = Extract<
  Step,
  { do: 'order' | 'repeat order' | 'click' | 'cancel' | 'refund' | 'pick up' | 'remind' }
>;

/** What the storefront, the shop and the counter ask for. */
export async function performAtShop(world: World, step: ShopStep): Promise<string> {
  if (step.do === 'order') {
    const body = { customer: PEOPLE[step.customer]!, items: step.lines };
    const order: KnownOrder = { key: `order-${step.order}`, body, id: null, refused: false };
    world.orders[step.order] = order;
    world.figures.orders += 1;
    return place(world, step.order, step.at);
  }
  if (step.do === 'repeat order') return place(world, step.order, [step.at]);
  const id = world.orders[step.order]?.id;
  if (!id) return 'no such order';
  switch (step.do) {
    case 'click':
      return ask(world, step.at, `/api/orders/${id}/checkout-session`, { as: 'shop' });
    case 'cancel':
      return ask(world, step.at, `/api/orders/${id}/cancel`, { as: 'admin', body: {} });
    case 'remind':
      return ask(world, [step.at], `/api/orders/${id}/reminders`, { as: 'admin' });
    case 'pick up':
      return pickUp(world, id, step.at);
    case 'refund':
    default:
      return refund(world, step);
  }
}

/** The same request, with its `Idempotency-Key`, until it is answered for good. */
export async function place(world: World, number: number, at: readonly number[]): Promise<string> {
  const order = world.orders[number];
  if (!order) return 'no such order';
  const answers = await Promise.all(
    at.map((one) =>
      world.on(one, (instance) =>
        instance.http('POST', '/api/orders', {
          as: 'shop',
          body: order.body,
          headers: { 'idempotency-key': order.key },
        }),
      ),
    ),
  );
  for (const answer of answers) learn(world, order, number, answer);
  return statusesOf(answers);
}

function learn(world: World, order: KnownOrder, number: number, answer: Answer | null): void {
  if (!answer) return;
  const { id, code } = answer.body;
  if (typeof id === 'string') {
    if (order.id !== null && order.id !== id) world.unhandled.push(`${order.key} made two orders`);
    order.id = id;
    world.trace.name(id, `order#${number}`);
  } else if (answer.status === 409 && code !== 'idempotency_key_in_use') order.refused = true;
}

async function ask(
  world: World,
  at: readonly number[],
  path: string,
  options: HttpOptions,
): Promise<string> {
  const answers = await Promise.all(
    at.map((one) => world.on(one, (instance) => instance.http('POST', path, options))),
  );
  return statusesOf(answers);
}

const statusesOf = (answers: readonly (Answer | null)[]): string =>
  answers
    .map((answer) => {
      if (!answer) return 'no answer';
      const { code } = answer.body;
      return typeof code === 'string' ? `${answer.status} ${code}` : String(answer.status);
    })
    .join(', ');

async function pickUp(world: World, id: string, at: readonly number[]): Promise<string> {
  const { rows } = await world.database.client.query<PassKey>(
    `SELECT id, secret FROM pickup_passes WHERE order_id = $1`,
    [id],
  );
  const [pass] = rows;
  if (!pass) return 'no pass';
  return ask(world, at, '/api/pickups', { as: 'counter', body: { token: pickupToken(pass) } });
}

async function refund(
  world: World,
  { order, part, by, at }: Extract<Step, { do: 'refund' }>,
): Promise<string> {
  const row = await fromOrder(world, order);
  if (!row) return 'no such order';
  const amount = Math.max(1, Math.floor(row.totalAmount * part));
  if (by === 'shop') {
    const body = part === 1 ? {} : { amount };
    return ask(world, at, `/api/orders/${row.id}/refunds`, { as: 'admin', body });
  }
  const { stripe } = world.providers.doubles;
  const charge = stripe.charges.find(
    ({ metadata, captured, refunded }) => metadata['orderId'] === row.id && captured && !refunded,
  );
  if (!charge || typeof charge.payment_intent !== 'string') return 'nothing to give back';
  const left = charge.amount - charge.amount_refunded;
  try {
    stripe.refund(charge.payment_intent, Math.min(left, amount));
    return `${Math.min(left, amount)} of ${left} go back`;
  } catch {
    return 'Stripe gives nothing back of what a bank has taken';
  }
}
