import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { CheckoutLink } from '../orders/checkout-link.service.js';
import { OrderHandover } from '../orders/order-handover.service.js';
import { OrderMessagesService } from '../orders/order-messages.service.js';
import { OrderNotPendingError, PaymentLinkNotReadyError } from '../orders/orders.errors.js';
import { RemindersRepository } from './reminders.repository.js';
import { ReminderAlreadyQueuedError, TooManyRemindersError } from './reminders.errors.js';

/** Of one order, by hand and by the clock: each costs money, and the number may be a stranger's. */
const MAX_REMINDERS = 10;

/** A reminder that the admin sends now; it counts as the order's reminder. */
@Injectable()
export class ManualReminder {
  constructor(
    private readonly dataSource: DataSource,
    private readonly link: CheckoutLink,
    private readonly orders: OrderHandover,
    private readonly reminders: RemindersRepository,
    private readonly messages: OrderMessagesService,
    private readonly notifications: NotificationsService,
  ) {}

  /**
   * Throws OrderNotFoundError, OrderNotPendingError, PaymentProcessingError, PaymentLinkNotReadyError
   * ReminderAlreadyQueuedError or TooManyRemindersError.
   */
  async send(orderId: string): Promise<void> {
    // A reminder without a link that can be paid would be dropped as too late: a dead one is renewed.
    await this.link.ensure(orderId);
    await inTransaction(this.dataSource, async (manager) => {
      const order = await this.orders.lock(manager, orderId);
      if (order.status !== 'pending') throw new OrderNotPendingError(order.status);
      if (order.paymentStatus !== 'pending') throw new OrderNotPendingError(order.paymentStatus);
      if (!order.stripeSessionId) throw new PaymentLinkNotReadyError();
      if (await this.notifications.isQueued(manager, orderId, 'payment_reminder')) {
        throw new ReminderAlreadyQueuedError();
      }
      const earlier = await this.notifications.countSlots(manager, orderId, 'payment_reminder');
      if (earlier >= MAX_REMINDERS) throw new TooManyRemindersError();
      await this.reminders.markReminded(manager, orderId);
      const slot = `manual-${earlier + 1}`;
      await this.messages.enqueue(manager, ['payment_reminder'], [{ orderId, slot }]);
    });
    this.notifications.announce();
  }
}
