import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { type LockedOrder, OrderSettlement } from '../orders/order-settlement.service.js';
import { PickupService } from '../pickup/pickup.service.js';
import { HELD_MONEY } from './payment-review.entity.js';
import { PaymentRefunds } from './payment-refunds.service.js';
import { PaymentReviewsRepository } from './payment-reviews.repository.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { PaymentsRepository } from './payments.repository.js';
import {
  applied,
  type HandledEvent,
  idOf,
  ignored,
} from './stripe-event-handlers/stripe-event.handler.js';

/** A dispute of an order's own payment, or of money that is under review. */
interface Disputed {
  readonly order: LockedOrder;
  readonly paymentIntentId: string;
  readonly isOwnPayment: boolean;
}

/** `amount` in minor units, null where it was not kept. */
interface DisputedSum {
  readonly id: string;
  readonly amount: number | null;
  readonly currency: string;
}

/** The customer's bank asks for the money: a person answers it, meanwhile nothing is handed over. */
@Injectable()
export class PaymentDisputes {
  constructor(
    private readonly orders: OrderSettlement,
    private readonly payments: PaymentsRepository,
    private readonly reviewRows: PaymentReviewsRepository,
    private readonly reviews: PaymentReviews,
    private readonly refunds: PaymentRefunds,
    private readonly pickup: PickupService,
  ) {}

  /** Call inside the event's transaction. Idempotent per dispute; one that is decided already suspends nothing. */
  async open(
    manager: EntityManager,
    eventId: string,
    dispute: Stripe.Dispute,
  ): Promise<HandledEvent> {
    const disputed = await this.find(manager, dispute);
    if (!disputed) return ignored('unknown_order');
    await this.begin(manager, eventId, dispute, disputed);
    return { outcome: 'review', reason: 'disputed', orderId: disputed.order.id };
  }

  /**
   * Call inside the transaction that confirms a payment: its dispute may have been told before it. How
   * much is disputed is not known then; a decision that was told as early is for a person to look up.
   */
  async openEarly(
    manager: EntityManager,
    order: LockedOrder,
    paymentIntentId: string,
  ): Promise<void> {
    const { currency } = order;
    for (const early of await this.payments.findEarlyDisputes(manager, paymentIntentId)) {
      const dispute = { id: early.disputeId, amount: null, currency };
      const disputed = { order, paymentIntentId, isOwnPayment: true };
      await this.begin(manager, early.eventId, dispute, disputed);
    }
  }

  /** Call inside the event's transaction. Idempotent per dispute, also when its beginning was never told. */
  async close(
    manager: EntityManager,
    eventId: string,
    dispute: Stripe.Dispute,
  ): Promise<HandledEvent> {
    const disputed = await this.find(manager, dispute);
    if (!disputed) return ignored('unknown_order');
    const { order } = disputed;
    await this.review(manager, eventId, dispute, disputed);
    if (!(await this.reviewRows.resolve(manager, ['disputed'], dispute.id))) {
      return ignored('already_applied', order.id);
    }
    // An inquiry that came to nothing (`warning_closed`) ends like one that was won.
    const isLost = dispute.status === 'lost';
    const outcome = isLost ? 'dispute_lost' : 'dispute_won';
    const { amount, currency, status } = dispute;
    await this.orders.note(manager, order, `payment.${outcome}`, { amount, currency, status });
    if (isLost) await this.lose(manager, disputed, dispute);
    else if (disputed.isOwnPayment) await this.resume(manager, order, dispute.id);
    return applied(outcome, order.id);
  }

  private async begin(
    manager: EntityManager,
    eventId: string,
    dispute: DisputedSum,
    disputed: Disputed,
  ): Promise<void> {
    const { order, isOwnPayment } = disputed;
    const isNew = await this.review(manager, eventId, dispute, disputed);
    if (!isNew || !isOwnPayment || order.paymentStatus === 'refunded') return;
    await this.suspend(manager, order);
    const { amount, currency } = dispute;
    const pickup = order.status === 'confirmed' ? 'ends' : null;
    await this.orders.tellCustomer(manager, order, ['payment_disputed'], {
      slot: dispute.id,
      moved: { amount: amount ?? order.totalAmount, currency, pickup },
    });
  }

  private async lose(
    manager: EntityManager,
    { order, paymentIntentId, isOwnPayment }: Disputed,
    { amount, currency }: Stripe.Dispute,
  ): Promise<void> {
    if (isOwnPayment) {
      await this.suspend(manager, order);
      await this.refunds.applyLoss(manager, order, { amount, currency });
      return;
    }
    const held = await this.reviewRows.findHeldMoney(manager, order.id, paymentIntentId);
    const isWhole = held !== null && amount + held.refundedAmount >= (held.actualAmount ?? 0);
    if (isWhole) await this.reviewRows.resolve(manager, HELD_MONEY, paymentIntentId);
  }

  private async suspend(manager: EntityManager, order: LockedOrder): Promise<void> {
    await this.pickup.suspend(manager, order.id);
    await this.orders.holdPickup(manager, order);
  }

  /** The code works again, and is sent again: its message may never have left. */
  private async resume(manager: EntityManager, order: LockedOrder, slot: string): Promise<void> {
    if (await this.reviewRows.hasOpenDispute(manager, order.id)) return;
    const payment = await this.payments.findByOrder(manager, order.id);
    if (!payment || payment.lostAmount > 0) return;
    const isLifted = await this.pickup.resume(manager, order.id);
    const isOwed = order.status === 'confirmed' && order.paymentStatus !== 'refunded';
    if (isLifted && isOwed) {
      await this.orders.tellCustomer(manager, order, ['pickup_qr'], { slot });
    }
  }

  private async review(
    manager: EntityManager,
    eventId: string,
    { id: objectId, amount, currency }: DisputedSum,
    { order, paymentIntentId }: Disputed,
  ): Promise<boolean> {
    const reviewed = { eventId, paymentIntentId, objectId, amount, currency };
    return this.reviews.write(manager, 'disputed', order, reviewed);
  }

  /** Locks the order; a second payment may be disputed too. */
  private async find(manager: EntityManager, dispute: Stripe.Dispute): Promise<Disputed | null> {
    const paymentIntentId = idOf(dispute.payment_intent);
    if (!paymentIntentId) return null;
    const settled = await this.settledOrder(manager, paymentIntentId);
    const orderId = settled ?? (await this.reviewRows.findOrderId(manager, paymentIntentId));
    const order = await this.orders.lock(manager, { sessionId: null, orderId });
    return order && { order, paymentIntentId, isOwnPayment: settled !== null };
  }

  /** Not known: its payment may be about to be confirmed, and must then know of the dispute. */
  private async settledOrder(
    manager: EntityManager,
    paymentIntentId: string,
  ): Promise<string | null> {
    const settled = await this.payments.findOrderIdByIntent(manager, paymentIntentId);
    if (settled) return settled;
    await this.payments.lockIntent(manager, paymentIntentId);
    return this.payments.findOrderIdByIntent(manager, paymentIntentId);
  }
}
