import { Module, type Type } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { PickupModule } from '../pickup/pickup.module.js';
import { RetentionModule } from '../retention/retention.module.js';
import { StripeModule } from '../stripe/stripe.module.js';
import { PaymentConfirmation } from './payment-confirmation.service.js';
import { PaymentDisputes } from './payment-disputes.service.js';
import { PaymentPagesController } from './payment-pages.controller.js';
import { PaymentRefunds } from './payment-refunds.service.js';
import { PaymentReviewsRepository } from './payment-reviews.repository.js';
import { PaymentReviews } from './payment-reviews.service.js';
import { EventCatchUp } from './event-catch-up.service.js';
import { EventCursorRepository } from './event-cursor.repository.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsRepository } from './payments.repository.js';
import { PaymentsService, STRIPE_EVENT_HANDLERS } from './payments.service.js';
import { PlainPaymentsRepository } from './plain-payments.repository.js';
import { PlainPayments } from './plain-payments.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { ReconciliationService } from './reconciliation.service.js';
import { SessionChecks } from './session-checks.service.js';
import { SessionSettlement } from './session-settlement.service.js';
import { RefundExecution } from './refund-execution.service.js';
import { RefundOutcomes } from './refund-outcomes.service.js';
import { RefundsController } from './refunds.controller.js';
import { RefundsRepository } from './refunds.repository.js';
import { RefundsService } from './refunds.service.js';
import { RefundsTicker } from './refunds.ticker.js';
import { ChargeDisputeClosedHandler } from './stripe-event-handlers/charge-dispute-closed.handler.js';
import { ChargeDisputeCreatedHandler } from './stripe-event-handlers/charge-dispute-created.handler.js';
import { ChargeRefundedHandler } from './stripe-event-handlers/charge-refunded.handler.js';
import { CheckoutSessionAsyncPaymentFailedHandler } from './stripe-event-handlers/checkout-session-async-payment-failed.handler.js';
import { CheckoutSessionAsyncPaymentSucceededHandler } from './stripe-event-handlers/checkout-session-async-payment-succeeded.handler.js';
import { CheckoutSessionCompletedHandler } from './stripe-event-handlers/checkout-session-completed.handler.js';
import { CheckoutSessionExpiredHandler } from './stripe-event-handlers/checkout-session-expired.handler.js';
import { PaymentIntentCanceledHandler } from './stripe-event-handlers/payment-intent-canceled.handler.js';
import { PaymentIntentPaymentFailedHandler } from './stripe-event-handlers/payment-intent-payment-failed.handler.js';
import { PaymentIntentSucceededHandler } from './stripe-event-handlers/payment-intent-succeeded.handler.js';
import { RefundFailedHandler } from './stripe-event-handlers/refund-failed.handler.js';
import { RefundUpdatedHandler } from './stripe-event-handlers/refund-updated.handler.js';
import type { StripeEventHandler } from './stripe-event-handlers/stripe-event.handler.js';

const HANDLERS: Type<StripeEventHandler>[] = [
  CheckoutSessionCompletedHandler,
  CheckoutSessionExpiredHandler,
  CheckoutSessionAsyncPaymentSucceededHandler,
  CheckoutSessionAsyncPaymentFailedHandler,
  PaymentIntentSucceededHandler,
  PaymentIntentPaymentFailedHandler,
  PaymentIntentCanceledHandler,
  ChargeRefundedHandler,
  ChargeDisputeCreatedHandler,
  ChargeDisputeClosedHandler,
  RefundUpdatedHandler,
  RefundFailedHandler,
];

@Module({
  imports: [NotificationsModule, OrdersModule, PickupModule, RetentionModule, StripeModule],
  controllers: [
    PaymentsController,
    PaymentPagesController,
    ReconciliationController,
    RefundsController,
  ],
  providers: [
    EventCatchUp,
    EventCursorRepository,
    PaymentConfirmation,
    PaymentDisputes,
    PaymentRefunds,
    PaymentReviews,
    PaymentReviewsRepository,
    PaymentsRepository,
    PaymentsService,
    PlainPayments,
    PlainPaymentsRepository,
    ReconciliationService,
    SessionChecks,
    SessionSettlement,
    RefundExecution,
    RefundOutcomes,
    RefundsRepository,
    RefundsService,
    RefundsTicker,
    ...HANDLERS,
    {
      provide: STRIPE_EVENT_HANDLERS,
      useFactory: (...handlers: StripeEventHandler[]) => handlers,
      inject: HANDLERS,
    },
  ],
})
export class PaymentsModule {}
