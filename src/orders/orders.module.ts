import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { StripeModule } from '../stripe/stripe.module.js';
import { RetentionModule } from '../retention/retention.module.js';
import { ArchivedOrdersRepository } from './archived-orders.repository.js';
import { CheckoutChecksRepository } from './checkout-checks.repository.js';
import { CheckoutChecks } from './checkout-checks.service.js';
import { CheckoutLink } from './checkout-link.service.js';
import { CheckoutOpeningRepository } from './checkout-opening.repository.js';
import { CheckoutSessionsRepository } from './checkout-sessions.repository.js';
import { CheckoutSessionsService } from './checkout-sessions.service.js';
import { CheckoutSessionsTicker } from './checkout-sessions.ticker.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { Idempotency } from './idempotency.service.js';
import { LostSessions } from './lost-sessions.service.js';
import { OrderCancellation } from './order-cancellation.service.js';
import { OrderCaps } from './order-caps.service.js';
import { OrderEnding } from './order-ending.service.js';
import { OrderHandover } from './order-handover.service.js';
import { OrderFactsRepository } from './order-facts.repository.js';
import { OrderMessagesService } from './order-messages.service.js';
import { OrderPlacementRepository } from './order-placement.repository.js';
import { OrderPlacement } from './order-placement.service.js';
import { OrderSettlement } from './order-settlement.service.js';
import { OrderStateRepository } from './order-state.repository.js';
import { OrderTransitions } from './order-transitions.service.js';
import { OrderViews } from './order-views.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersRepository } from './orders.repository.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [CatalogModule, CustomersModule, NotificationsModule, RetentionModule, StripeModule],
  controllers: [OrdersController],
  providers: [
    ArchivedOrdersRepository,
    CheckoutChecks,
    CheckoutChecksRepository,
    CheckoutLink,
    CheckoutOpeningRepository,
    CheckoutSessionsRepository,
    CheckoutSessionsService,
    CheckoutSessionsTicker,
    Idempotency,
    IdempotencyRepository,
    LostSessions,
    OrderCancellation,
    OrderCaps,
    OrderEnding,
    OrderFactsRepository,
    OrderHandover,
    OrderMessagesService,
    OrderPlacement,
    OrderPlacementRepository,
    OrderSettlement,
    OrderStateRepository,
    OrderTransitions,
    OrderViews,
    OrdersRepository,
    OrdersService,
  ],
  exports: [
    CheckoutChecks,
    CheckoutLink,
    LostSessions,
    OrderEnding,
    OrderHandover,
    OrderMessagesService,
    OrderSettlement,
    OrderViews,
    OrdersService,
  ],
})
export class OrdersModule {}
