import 'reflect-metadata';
import { Socket } from 'node:net';
import { MIGRATIONS } from '../../migrations/index.js';
import { EmailChannel } from '../../src/channels/email.channel.js';
import { WhatsappChannel } from '../../src/channels/whatsapp.channel.js';
import { DispatcherService } from '../../src/notifications/dispatcher.service.js';
import { MessageComposer } from '../../src/notifications/message-composer.js';
import { NotificationsRepository } from '../../src/notifications/notifications.repository.js';
import { PaymentsRepository } from '../../src/payments/payments.repository.js';
import { PaymentsService } from '../../src/payments/payments.service.js';
import { PlainPaymentsRepository } from '../../src/payments/plain-payments.repository.js';
import { RemindersRepository } from '../../src/reminders/reminders.repository.js';
import { ArchiveRepository } from '../../src/retention/archive.repository.js';
import { StripeCheckoutGateway } from '../../src/stripe/stripe-checkout.gateway.js';

interface FailPoint {
  /** Classes whose method is wrapped; usually one. */
  readonly of: readonly (abstract new (...args: never[]) => unknown)[];
  readonly method: string;
  /** Before the method begins, or once what it answers is there. */
  readonly when: 'before' | 'after';
  /** Only calls with such a first argument count. */
  readonly given?: RegExp;
}

const point = <T>(
  target: abstract new (...args: never[]) => T,
  when: FailPoint['when'],
  method: keyof T & string,
  given?: RegExp,
): FailPoint => ({ of: [target], when, method, ...(given && { given }) });

/**
 * The named steps at which a process can be made to fail, each a method of a real class. This file is
 * compiled beside the application by tests only and loaded with `--import`: nothing in `src` knows it.
 */
const FAIL_POINTS = {
  /** The order is committed, Stripe has not been asked. */
  after_order_insert: point(StripeCheckoutGateway, 'before', 'createSession'),
  /** Stripe has answered, nothing of it is stored. */
  after_stripe_create: point(StripeCheckoutGateway, 'after', 'createSession'),
  /** A plain payment is about to leave, as one packet that writes and commits. */
  before_plain_payment: point(PlainPaymentsRepository, 'before', 'confirm'),
  /** Every row of another event is written and none committed. */
  before_inbox_commit: point(PaymentsRepository, 'after', 'recordOutcome'),
  /** An event's transaction is committed, its answer has not left. */
  after_inbox_commit: point(PaymentsService, 'after', 'settle'),
  /** The state has changed, its messages are not in the outbox yet: not for a plain payment, which is one statement. */
  between_state_and_outbox: point(NotificationsRepository, 'before', 'insert'),
  /** A message is claimed, its channel has not been asked for anything. */
  before_message: point(MessageComposer, 'before', 'compose'),
  /** Twilio took the message, the row still says `sending`. */
  after_twilio_accept: point(WhatsappChannel, 'after', 'send'),
  /** The head of the message is on the wire, its end is not. */
  during_smtp_data: point(Socket, 'after', 'write', /^(?:From|Auto-Submitted|Message-ID): /m),
  /** The server said 250, the row still says `sending`. */
  after_smtp_250: point(EmailChannel, 'after', 'send'),
  /** A batch of due orders is claimed, their reminders are not written. */
  mid_reminder_batch: point(RemindersRepository, 'after', 'claimDue'),
  /** A batch of finished orders has been archived and committed, the next has not begun. */
  between_retention_batches: point(ArchiveRepository, 'after', 'moveFinished'),
  /** The orders of a batch have moved, and nothing is committed. */
  inside_a_retention_batch: point(ArchiveRepository, 'after', 'moveLocked'),
  /** The statements of a migration have run and are not committed. */
  mid_migration: { of: MIGRATIONS, method: 'up', when: 'after' },
  /** The modules are being started, nothing listens yet. */
  mid_start: point(DispatcherService, 'before', 'onApplicationBootstrap'),
  /** What the dispatcher's timer calls. */
  in_a_timer: { of: [DispatcherService], method: 'wake', when: 'before' },
} as const satisfies Record<string, FailPoint>;

export type FailPointName = keyof typeof FAIL_POINTS;

/**
 * `kill` is SIGKILL; `freeze` is SIGSTOP, and whoever sends SIGCONT wakes it five minutes later by its
 * own monotonic clock; `throw` throws at the caller, `reject` gives it a rejected promise.
 */
type Failure = 'kill' | 'freeze' | 'throw' | 'reject';

/** A fail-point, the passage at which it strikes (the first by default) and how. */
export type FailPointSpec = FailPointName | `${FailPointName}:${number}${'' | `:${Failure}`}`;

const FROZEN_MS = 5 * 60_000;

/** What a fail-point throws repeats data, as errors of a database or a provider do. */
export const SECRET_OF_FAILURE = 'aline.moreau@example.com';

function freeze(): void {
  const awake = performance.now.bind(performance);
  performance.now = () => awake() + FROZEN_MS;
  process.kill(process.pid, 'SIGSTOP');
}

/** Never returns for `kill`: the next statement does not run, as when the power goes. */
function fail(how: Exclude<Failure, 'freeze'>): unknown {
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  const error = new TypeError(`scripted failure of ${SECRET_OF_FAILURE}`);
  if (how === 'throw') throw error;
  return Promise.reject(error);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function arm(name: FailPointName, passage: number, how: Failure): void {
  const { of, method, when, given }: FailPoint = FAIL_POINTS[name];
  let passages = 0;
  const isDue = (args: unknown[]): boolean =>
    (given === undefined || given.test(String(args[0]))) && (passages += 1) === passage;
  for (const { prototype } of of as readonly { prototype: Record<string, Method> }[]) {
    const real = prototype[method];
    if (real === undefined) throw new Error(`The fail-point ${name} has no method ${method}`);
    const wrapped: Method = function wrapped(...args) {
      const due = isDue(args);
      if (due && how === 'freeze') freeze();
      if (due && when === 'before' && how !== 'freeze') return fail(how);
      const answer = real.apply(this, args);
      if (!due || how === 'freeze') return answer;
      return answer instanceof Promise ? answer.then(() => fail(how)) : fail(how);
    };
    // Nest keeps what its decorators say on the method itself.
    for (const key of Reflect.getMetadataKeys(real) as unknown[]) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, real), wrapped);
    }
    prototype[method] = wrapped;
  }
}

const spec = process.env['FAILPOINT'];
if (spec) {
  const [name = '', passage = '1', how = 'kill'] = spec.split(':');
  if (!Object.hasOwn(FAIL_POINTS, name)) throw new Error(`There is no fail-point ${name}`);
  arm(name as FailPointName, Number(passage), how as Failure);
}
