import type { Logger } from '@nestjs/common';
import { webhookRefusals } from '../common/metrics.js';
import type { WebhookSignatureError } from '../stripe/stripe.errors.js';

type Reason = WebhookSignatureError['reason'];

/** One line a second for each reason: anybody may call as often as he likes, and a line costs as much as a check. */
const QUIET_MS = 1_000;

/** What a reason's last line has not told of. */
interface Quiet {
  untold: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Tells of calls that were refused: the first at once, and those that follow it within a second, for the
 * same reason, in one line with their number. The metric counts each.
 */
export class RefusedCalls {
  private readonly quiet = new Map<Reason, Quiet>();

  constructor(private readonly logger: Pick<Logger, 'warn' | 'error'>) {}

  report(reason: Reason): void {
    webhookRefusals[reason].inc();
    const quiet = this.quiet.get(reason);
    if (quiet) {
      quiet.untold += 1;
      return;
    }
    this.tell(reason, { msg: `A webhook call was refused: signature ${reason}` });
    this.beQuiet(reason);
  }

  /** Tells at once what it would have told a moment later: before the process ends. */
  flush(): void {
    for (const [reason, { timer, untold }] of this.quiet) {
      clearTimeout(timer);
      this.tellOf(untold, reason);
    }
    this.quiet.clear();
  }

  private beQuiet(reason: Reason): void {
    const timer = setTimeout(() => this.endQuiet(reason), QUIET_MS);
    // What it has to say keeps no process alive: `flush` says it.
    timer.unref();
    this.quiet.set(reason, { untold: 0, timer });
  }

  private endQuiet(reason: Reason): void {
    const untold = this.quiet.get(reason)?.untold ?? 0;
    this.quiet.delete(reason);
    if (untold === 0) return;
    this.tellOf(untold, reason);
    this.beQuiet(reason);
  }

  private tellOf(refused: number, reason: Reason): void {
    if (refused === 0) return;
    const calls =
      refused === 1 ? 'One more webhook call was' : `${refused} more webhook calls were`;
    this.tell(reason, { refused, msg: `${calls} refused: signature ${reason}` });
  }

  private tell(reason: Reason, { msg, ...count }: { msg: string; refused?: number }): void {
    const line = { event: 'stripe_event.refused', reason, ...count };
    if (reason !== 'timestamp') return this.logger.warn({ ...line, msg });
    // Signed by Stripe itself: as a rule it is this machine's clock that is wrong, and no payment gets through.
    this.logger.error({ ...line, msg: `${msg}; check the clock of this machine` });
  }
}
