import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { inTransaction } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { type ClaimedBatch, RemindersRepository, type SweepMark } from './reminders.repository.js';

/** The job's name in the scheduler, by which its time is set from REMINDER_CRON at start. */
export const REMINDER_JOB = 'payment-reminders';

const BATCH = 500;

/** One reminder for an order that nobody has paid after an hour. */
@Injectable()
export class ReminderService {
  private readonly logger = new Logger(ReminderService.name);

  constructor(
    private readonly config: AppConfig,
    private readonly dataSource: DataSource,
    private readonly reminders: RemindersRepository,
    private readonly notifications: NotificationsService,
  ) {}

  /** The hour's default; `RemindersSchedule` replaces it by REMINDER_CRON. */
  @Cron('0 * * * *', { name: REMINDER_JOB })
  async tick(): Promise<void> {
    try {
      await this.sendDueReminders();
    } catch (error) {
      this.logger.error({
        event: 'reminders.failed',
        error: error instanceof Error ? error.name : 'unknown',
        msg: 'The reminders could not be sent; the next tick catches up',
      });
    }
  }

  /**
   * Queues a reminder for every order that is due and answers how many. Any number of instances may
   * run it at once: each order is claimed by one of them, in the transaction that queues its message.
   */
  async sendDueReminders(): Promise<number> {
    this.logger.log({ event: 'reminders.started', msg: 'Running payment reminders cron job...' });
    let total = 0;
    let batch: ClaimedBatch | null = null;
    do {
      batch = await this.claimBatch(batch);
      if (batch === null) break;
      total += batch.count;
      this.notifications.announce();
    } while (batch.count === BATCH);
    this.logger.log({
      event: 'reminders.finished',
      count: total,
      msg: `Found ${total} orders needing reminders`,
    });
    return total;
  }

  /** One transaction, so that an order is marked and its message written, or neither. */
  private async claimBatch(after: SweepMark | null): Promise<ClaimedBatch | null> {
    const { stepMinutes } = this.config.reminders;
    const { plan } = this.notifications;
    return inTransaction(this.dataSource, (manager) =>
      this.reminders.claimDue(manager, stepMinutes, plan, BATCH, after),
    );
  }
}
