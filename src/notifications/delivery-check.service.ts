import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ALL_CHANNELS, type Channel } from '../channels/channel.js';
import { DeliveryReportsRepository, type UnheardMessage } from './delivery-reports.repository.js';
import { DeliveryReportsService } from './delivery-reports.service.js';

const TICK_MS = 30_000;
const BATCH = 10;
/** Messages one run asks for: what is left over is older, and first, at the next. */
const MOST_AT_ONCE = 500;

/** Asks the provider what became of messages whose callback did not come. */
@Injectable()
export class DeliveryCheckService {
  private readonly logger = new Logger(DeliveryCheckService.name);
  private readonly channels: ReadonlyMap<string, Channel>;

  constructor(
    private readonly reports: DeliveryReportsRepository,
    private readonly delivery: DeliveryReportsService,
    @Inject(ALL_CHANNELS) channels: readonly Channel[],
  ) {
    this.channels = new Map(channels.map((channel) => [channel.name, channel]));
  }

  @Interval('delivery-check', TICK_MS)
  async tick(): Promise<void> {
    try {
      await this.checkDue();
    } catch (error) {
      this.logger.error({
        event: 'delivery_check.failed',
        error: error instanceof Error ? error.name : 'unknown',
        msg: 'The delivery check failed; the next one goes on',
      });
    }
  }

  /**
   * Answers how many messages were asked for. Safe on any number of instances. Stops early when the
   * provider does not answer: each message is asked for again later.
   */
  async checkDue(): Promise<number> {
    let asked = 0;
    while (asked < MOST_AT_ONCE) {
      const due = await this.reports.claimUnheard(BATCH);
      const answers = await Promise.all(due.map((message) => this.check(message)));
      asked += due.length;
      if (due.length < BATCH || !answers.includes(true)) break;
    }
    return asked;
  }

  /** False when the provider did not answer. */
  private async check({ id, channel, providerId }: UnheardMessage): Promise<boolean> {
    const fate = (await this.channels.get(channel)?.fateOf(providerId)) ?? 'unknown';
    if (fate === 'unknown') return false;
    // A message the provider has never heard of, or has lost, reached nobody.
    const known =
      fate === 'missing' ? { status: 'undelivered', errorCode: 'not_at_provider' } : fate;
    await this.delivery.receive({ notificationId: id, providerId, ...known });
    return true;
  }
}
