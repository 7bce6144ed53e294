import { setTimeout as pause } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { StripeDouble } from '../../src/sandbox/stripe-double/stripe-double.js';
import { type OrderByHand, sessionByHand } from '../support/session-by-hand.js';
import { SECRETS, customerNumber } from './identity.js';
import type { Journal } from './journal.js';
import type { Random } from '../simulation/random.js';
import type { Answer, Call, ShopClient } from './shop-client.js';
import type { StormDatabase } from './storm-database.js';

/** What customers need of the world. */
export interface World {
  readonly client: ShopClient;
  readonly stripe: StripeDouble;
  /** Stripe's API as somebody calls it who is not the shop. */
  readonly stripeApi: Stripe;
  readonly database: StormDatabase;
  readonly journal: Journal;
  readonly skus: readonly string[];
  /** When customers give up, in epoch milliseconds; moves when the storm ends. */
  readonly deadline: () => number;
}

const DECLINED = '4000000000000002';
/** As long as the shop's first reminder waits, and a minute. */
const REMINDER_AGE_MINUTES = 61;
const DAY_MINUTES = 24 * 60;
/** In minor units. */
const MISTYPED = 100;

/** What a customer does with an order, as often as its weight says. */
const PLANS = {
  pay: 9,
  payAfterDecline: 2,
  debitSucceeds: 1,
  debitFails: 1,
  cancel: 2,
  cancelAndPay: 1,
  letRunOut: 1,
  beReminded: 2,
  payWrongAmount: 1,
  leave: 1,
};

type Plan = keyof typeof PLANS;

/** One customer, from the order to whatever becomes of it. */
export class CustomerLife {
  private placed: OrderByHand = { id: '', orderNumber: '', currency: '', totalAmount: 0 };
  private sessionId: string | null = null;

  private constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  static async live(world: World, n: number, random: Random): Promise<void> {
    const life = new CustomerLife(world, random);
    world.journal.busy += 1;
    try {
      if (!(await life.order(n))) return;
      await pause(random.int(100, 3_000));
      await life.follow(random.weighted(PLANS));
    } finally {
      world.journal.busy -= 1;
    }
  }

  private get orderId(): string {
    return this.placed.id;
  }

  private async follow(plan: Plan): Promise<void> {
    if (plan === 'pay') await this.pay();
    else if (plan === 'payAfterDecline') await this.payAfterDecline();
    else if (plan === 'debitSucceeds') await this.payByDebit('succeeded');
    else if (plan === 'debitFails') await this.payByDebit('failed');
    else if (plan === 'cancel') await this.cancel();
    else if (plan === 'cancelAndPay') await Promise.all([this.cancel(), this.pay()]);
    else if (plan === 'letRunOut') await this.letRunOut();
    else if (plan === 'beReminded') await this.beReminded();
    else if (plan === 'payWrongAmount') await this.payWrongAmount();
  }

  private async pay(): Promise<void> {
    const sessionId = await this.link();
    if (sessionId) this.atStripe(() => this.world.stripe.pay(sessionId));
  }

  private async payAfterDecline(): Promise<void> {
    const sessionId = await this.link();
    if (!sessionId) return;
    this.atStripe(() => this.world.stripe.pay(sessionId, DECLINED));
    await pause(this.random.int(200, 2_000));
    await this.pay();
  }

  private async payByDebit(result: 'succeeded' | 'failed'): Promise<void> {
    const sessionId = await this.link();
    if (!sessionId) return;
    this.atStripe(() => this.world.stripe.pay(sessionId, 'sepa'));
    await pause(this.random.int(2_000, 10_000));
    this.atStripe(() => this.world.stripe.settleDelayed(sessionId, result));
  }

  private async cancel(): Promise<void> {
    const path = `/api/orders/${this.orderId}/cancel`;
    const call: Call = { method: 'POST', path, key: SECRETS.adminKey };
    const answer = await this.world.client.patiently(call, this.world.deadline);
    // 409: the customer was faster.
    if (answer && answer.status !== 200 && answer.status !== 409) this.refused('cancel', answer);
  }

  /** A day passes for this order alone: its link dies. */
  private async letRunOut(): Promise<void> {
    const sessionId = await this.link();
    if (sessionId) this.atStripe(() => this.world.stripe.timeTravel(sessionId, DAY_MINUTES));
  }

  /** An hour passes for this order alone. */
  private async beReminded(): Promise<void> {
    const sessionId = await this.link();
    if (!sessionId) return;
    this.atStripe(() => this.world.stripe.timeTravel(sessionId, REMINDER_AGE_MINUTES));
    for (;;) {
      try {
        await this.world.database.rows(
          `WITH o AS (UPDATE orders SET created_at = created_at - make_interval(mins => $2)
                       WHERE id = $1 RETURNING id)
           UPDATE checkout_sessions SET created_at = created_at - make_interval(mins => $2),
                  expires_at = expires_at - make_interval(mins => $2)
            WHERE order_id = $1`,
          [this.orderId, REMINDER_AGE_MINUTES],
        );
        return;
      } catch {
        if (Date.now() > this.world.deadline()) return;
        await pause(300);
      }
    }
  }

  /** Somebody at the shop has made a link by hand, and has mistyped the sum. */
  private async payWrongAmount(): Promise<void> {
    const { stripeApi, stripe } = this.world;
    const totalAmount = this.placed.totalAmount - MISTYPED;
    const session = sessionByHand({ ...this.placed, totalAmount });
    stripe.pay((await stripeApi.checkout.sessions.create(session)).id);
  }

  /** False: nobody ever answered. */
  private async order(n: number): Promise<boolean> {
    const { client, journal, skus, deadline } = this.world;
    const idempotencyKey = `chaos-${n}`;
    const lines = this.random.chance(0.3) ? skus.slice(0, 2) : [this.random.pick(skus)];
    const items = lines.map((sku) => ({ sku, quantity: 1 + Math.floor(this.random.next() * 3) }));
    const call: Call = {
      method: 'POST',
      path: '/api/orders',
      key: SECRETS.shopKey,
      idempotencyKey,
      body: { customer: customerNumber(n, this.random.chance(0.5)), items },
    };
    const answer = await client.patiently(call, deadline);
    if (!answer) {
      journal.unanswered.push(idempotencyKey);
      return false;
    }
    if (![200, 201, 202].includes(answer.status)) {
      this.refused('order', answer);
      return false;
    }
    const { id, orderNumber, currency, totalAmount } = answer.body as OrderByHand & Answer['body'];
    this.placed = { id, orderNumber, currency, totalAmount };
    this.remember(answer.body);
    journal.acknowledge({ id, idempotencyKey, totalAmount });
    if (this.random.chance(0.15)) await this.orderAgain(call);
    return true;
  }

  /** A client that has missed the answer it was given. */
  private async orderAgain(call: Call): Promise<void> {
    const { client, journal, deadline } = this.world;
    const answer = await client.patiently(call, deadline);
    if (answer && answer.body['id'] !== this.orderId) {
      journal.faults.push(`the same key answered ${answer.status} with another order`);
    }
  }

  /** The session that can be paid; waits for it when Stripe was away. Null: there is none. */
  private async link(): Promise<string | null> {
    const { client, deadline } = this.world;
    while (this.sessionId === null && Date.now() < deadline()) {
      const path = `/api/orders/${this.orderId}`;
      const call: Call = { method: 'GET', path, key: SECRETS.shopKey };
      const answer = await client.patiently(call, deadline);
      if (!answer) return null;
      this.remember(answer.body);
      if (answer.body['status'] !== 'pending') return null;
      if (this.sessionId === null) await pause(1_000);
    }
    return this.sessionId;
  }

  private remember({ stripeSessionId }: Record<string, unknown>): void {
    if (typeof stripeSessionId === 'string') this.sessionId = stripeSessionId;
  }

  /** What can no longer be done there is not done: the shop was faster. */
  private atStripe(act: () => unknown): void {
    try {
      act();
    } catch {
      this.sessionId = null;
    }
  }

  private refused(what: string, { status, body }: { status: number; body: object }): void {
    const code = 'code' in body ? String(body.code) : '';
    this.world.journal.faults.push(`${what}: ${status} ${code}`);
  }
}
