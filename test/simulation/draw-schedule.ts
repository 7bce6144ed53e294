import { Random } from './random.js';
import { type DrawnFault, type Step, type Tick } from './step.js';

export const INSTANCES = 3;
export const CUSTOMERS = 4;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const JUMPS = [
  1,
  30,
  70,
  5 * MINUTE,
  35 * MINUTE,
  61 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  23.2 * HOUR,
  24 * HOUR,
  26 * HOUR,
  -1,
  -30,
  -90,
];

/** Visa, declined, insufficient funds, disputed afterwards, a direct debit. */
const CARDS = {
  '4242424242424242': 8,
  '4000000000000002': 2,
  sepa: 3,
  alma: 1,
  '4000000000000259': 1,
};

export interface Schedule {
  readonly seed: number;
  /** Instant of the start, in epoch milliseconds: somewhere in two years, leap day and clock changes included. */
  readonly startsAt: number;
  readonly steps: readonly Step[];
}

/** The same seed draws the same schedule: nothing here looks at what happened. */
export function drawSchedule(seed: number): Schedule {
  const random = new Random(seed);
  const startsAt = Date.UTC(2027, 0, 1) + random.int(0, 2 * 365 * 24 * 60) * 60_000;
  const draw = new Draw(random);
  const steps: Step[] = [draw.order()];
  const length = random.int(10, 36);
  while (steps.length < length) steps.push(...draw.next());
  return { seed, startsAt, steps };
}

class Draw {
  private orders = 0;

  constructor(private readonly random: Random) {}

  order(): Step {
    const { random } = this;
    const skus = ['TYRE-A', 'TYRE-B', 'BRAKE-C'].filter(() => random.chance(0.5));
    const lines = (skus.length > 0 ? skus : ['TYRE-B']).map((sku) => ({
      sku,
      quantity: random.int(1, 2),
    }));
    this.orders += 1;
    return {
      do: 'order',
      order: this.orders - 1,
      customer: random.int(0, CUSTOMERS - 1),
      lines,
      at: this.some(0.15),
    };
  }

  next(): Step[] {
    const { random } = this;
    if (random.chance(0.04)) return this.overtaken();
    if (random.chance(0.12)) {
      const steps = Array.from({ length: random.int(2, 4) }, () => this.single(true));
      return [{ do: 'together', steps, drag: random.chance(0.3) ? 1 : 0 }];
    }
    return [this.single(false)];
  }

  /** A sender is paused after its provider refused, beyond its lease; another one takes over. */
  private overtaken(): Step[] {
    const { random } = this;
    const at = this.one();
    const status = random.pick([503, 429]);
    const accepted = status === 503 && random.chance(0.3);
    const fault: DrawnFault = { provider: 'twilio', kind: 'status', status, accepted, times: 1 };
    const drain = (one: number): Step => ({
      do: 'tick',
      what: 'drain',
      at: [one],
      gap: 0,
      drag: 0,
    });
    return [
      this.order(),
      ...(random.chance(0.7) ? [{ do: 'fault', fault } as const] : []),
      { do: 'pause', at },
      drain(at),
      { do: 'jump', seconds: random.pick([30, 65, 130, 600]) },
      drain((at + 1) % INSTANCES),
      { do: 'wake', at },
      { do: 'jump', seconds: 10 },
      drain((at + 2) % INSTANCES),
    ];
  }

  /** What may happen at the same instant as other things does not move the clock. */
  private single(concurrent: boolean): Step {
    const { random } = this;
    const what = random.weighted({
      order: this.orders < 6 ? 8 : 0,
      'repeat order': 1,
      click: 5,
      pay: 14,
      'settle debit': 3,
      'pay elsewhere': 2,
      deliver: 16,
      'deliver all': 6,
      drop: 2,
      tick: 18,
      kill: 5,
      restart: 3,
      pause: 2,
      wake: concurrent ? 0 : 3,
      jump: concurrent ? 0 : 10,
      fault: 8,
      cancel: 4,
      refund: 4,
      dispute: 2,
      'pick up': 3,
      remind: 2,
      'message status': 4,
    });
    return this.step(what);
  }

  private step(what: Step['do']): Step {
    const { random } = this;
    const order = random.int(0, this.orders - 1);
    const nth = random.int(0, 999);
    switch (what) {
      case 'repeat order':
      case 'remind':
        return { do: what, order, at: this.one() };
      case 'click':
      case 'cancel':
        return { do: what, order, at: this.some(0.3) };
      case 'pick up':
        return { do: what, order, at: this.some(0.5) };
      case 'pay':
        return { do: what, order, nth, card: random.weighted(CARDS) };
      case 'settle debit':
        return { do: what, nth, result: random.chance(0.6) ? 'succeeded' : 'failed' };
      case 'pay elsewhere':
        return { do: what, order, wrong: random.pick(['amount', 'currency', 'nothing']) };
      case 'deliver':
        return { do: what, nth, at: this.some(0.35), fresh: random.chance(0.8) };
      case 'deliver all':
        return { do: what, backwards: random.chance(0.4), at: this.one() };
      case 'drop':
        return { do: what, nth };
      case 'tick':
        return this.tick();
      case 'kill':
        return { do: what, at: this.one(), edges: random.int(1, random.pick([4, 12, 40])) };
      case 'restart':
      case 'pause':
      case 'wake':
        return { do: what, at: this.one() };
      case 'dispute':
        return { do: what, nth, result: random.pick(['won', 'lost']) };
      case 'jump':
        return { do: what, seconds: random.pick(JUMPS) };
      case 'fault':
        return { do: what, fault: this.fault() };
      case 'refund':
        return {
          do: what,
          order,
          part: random.pick([1, 1, 0.5, 0.25]),
          by: random.pick(['dashboard', 'shop']),
          at: this.some(0.4),
        };
      case 'message status':
        return {
          do: what,
          nth,
          status: random.pick(['sent', 'delivered', 'delivered', 'read', 'failed', 'undelivered']),
        };
      case 'order':
      case 'together':
      default:
        return this.order();
    }
  }

  private fault(): DrawnFault {
    const { random } = this;
    const provider = random.pick(['stripe', 'stripe', 'twilio', 'mail'] as const);
    const accepted = random.chance(0.5);
    const times = random.pick([1, 1, 2, 5]);
    if (provider === 'mail') {
      const stage = random.pick(['CONNECT', 'RCPT', 'DATA', 'DATA'] as const);
      const status = random.pick([421, 451, 550]);
      return { provider, kind: random.pick(['reply', 'hang']), stage, status, accepted, times };
    }
    const kind = random.pick(['status', 'status', 'hang', 'reset', 'truncate', 'slow'] as const);
    const status = random.pick([500, 503, 429]);
    // Whoever is told 429 may rely on it that nothing was done.
    const isDone = accepted && !(kind === 'status' && status === 429);
    return { provider, kind, status, accepted: isDone, times };
  }

  private tick(): Step {
    const { random } = this;
    const what = random.weighted<Tick>({
      reminders: 3,
      checkout: 4,
      refunds: 2,
      reconcile: 3,
      drain: 7,
      'delivery check': 1,
    });
    const at = this.some(0.5);
    const isSlow = random.chance(0.4);
    return { do: 'tick', what, at, gap: random.int(0, 20), drag: isSlow && at.length > 1 ? 1 : 0 };
  }

  private one(): number {
    return this.random.int(0, INSTANCES - 1);
  }

  /** One instance, or with this chance several at once, the same one twice included. */
  private some(chance: number): number[] {
    const { random } = this;
    if (!random.chance(chance)) return [this.one()];
    return Array.from({ length: random.int(2, INSTANCES) }, () => this.one());
  }
}
