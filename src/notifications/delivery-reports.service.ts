import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mayBeSentAgain, needsOperatorFor, verdictOf } from '../channels/channel.errors.js';
import { messageOutcomes } from '../common/metrics.js';
import { inTransaction } from '../database/transaction.js';
import { ChannelSendersRepository } from './channel-senders.repository.js';
import { type DeliveryReport, DeliveryReportsRepository } from './delivery-reports.repository.js';
import { isFailedStatus, isKnownStatus } from './delivery-status.js';
import { SenderHealthService } from './sender-health.service.js';

/** What the provider says of a message after it took it, by callback or when asked. */
@Injectable()
export class DeliveryReportsService {
  private readonly logger = new Logger(DeliveryReportsService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly reports: DeliveryReportsRepository,
    private readonly senders: ChannelSendersRepository,
    private readonly health: SenderHealthService,
  ) {}

  /** Idempotent, in any order. A status we do not know is ignored. */
  async receive(report: DeliveryReport): Promise<void> {
    const { notificationId, status, errorCode } = report;
    if (!isKnownStatus(status)) return;
    const told = await inTransaction(this.dataSource, async (manager) => {
      const channel = await this.reports.record(manager, report);
      if (channel === null) return null;
      if (!isFailedStatus(status) || errorCode === null) return { channel, again: false };
      const verdict = verdictOf(errorCode);
      if (verdict === 'number_flagged' || verdict === 'opted_out') {
        await this.senders.flagRecipient(notificationId, verdict, errorCode, manager);
      }
      const again =
        mayBeSentAgain(errorCode) && (await this.reports.sendAgain(manager, notificationId));
      return { channel, again };
    });
    if (told === null) return;
    this.log(report, told.again);
    if (!isFailedStatus(status)) return;
    messageOutcomes.inc({ channel: told.channel, outcome: 'undelivered' });
    if (errorCode !== null && verdictOf(errorCode) === 'daily_limit') {
      await this.health.pauseForADay(told.channel, errorCode);
    }
  }

  private log({ notificationId, status, errorCode }: DeliveryReport, again: boolean): void {
    const needsPerson = errorCode !== null && needsOperatorFor(errorCode);
    const line = {
      event: 'message.delivery',
      notificationId,
      status,
      errorCode,
      msg: `Message ${notificationId} is ${status}${again ? ' and will be sent once more' : ''}`,
    };
    if (needsPerson) this.logger.error(line);
    else this.logger.log(line);
  }
}
