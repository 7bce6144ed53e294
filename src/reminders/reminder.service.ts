import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { inTransaction } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { OrderMessagesService } from '../orders/order-messages.service.js';
import { RemindersRepository } from './reminders.repository.js';

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
    private readonly messages: OrderMessagesService,
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
    for (;;) {
      const claimed = await this.claimBatch();
      total += claimed;
      if (claimed > 0) this.notifications.announce();
      if (claimed < BATCH) break;
    }
    this.logger.log({
      event: 'reminders.finished',
      count: total,
      msg: `Found ${total} orders needing reminders`,
    });
    return total;
  }

  private async claimBatch(): Promise<number> {
    return inTransaction(this.dataSource, async (manager) => {
      const due = await this.reminders.claimDue(manager, this.config.reminders.stepMinutes, BATCH);
      await this.messages.enqueue(
        manager,
        ['payment_reminder'],
        due.map(({ orderId, stepMinutes }) => ({ orderId, slot: `${stepMinutes}m` })),
      );
      return due.length;
    });
  }
}
