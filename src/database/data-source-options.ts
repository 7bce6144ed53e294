import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import { RateLimit } from '../access/rate-limit.entity.js';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { ChannelSender } from '../notifications/channel-sender.entity.js';
import { Notification } from '../notifications/notification.entity.js';
import { UnreachableNumber } from '../notifications/unreachable-number.entity.js';
import { CheckoutSession } from '../orders/checkout-session.entity.js';
import { IdempotencyKey } from '../orders/idempotency-key.entity.js';
import { OrderEvent } from '../orders/order-event.entity.js';
import { OrderItem } from '../orders/order-item.entity.js';
import { Order } from '../orders/order.entity.js';
import { PaymentReview } from '../payments/payment-review.entity.js';
import { Payment } from '../payments/payment.entity.js';
import { Refund } from '../payments/refund.entity.js';
import { StripeEventCursor } from '../payments/stripe-event-cursor.entity.js';
import { StripeEvent } from '../payments/stripe-event.entity.js';
import { PickupPass } from '../pickup/pickup-pass.entity.js';
import { ReminderStep } from '../reminders/reminder-step.entity.js';
import { ArchivedNotification } from '../retention/archived-notification.entity.js';
import { ArchivedOrderName } from '../retention/archived-order-name.entity.js';
import { ArchivedOrder } from '../retention/archived-order.entity.js';
import { BoundedPool } from './bounded-pool.js';
import { guardedSocket } from './guarded-socket.js';
import { PreparingClient } from './preparing-client.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';
import { StatementNames } from './statement-names.js';

export const ENTITIES = [
  Customer,
  Product,
  Order,
  OrderItem,
  OrderEvent,
  CheckoutSession,
  IdempotencyKey,
  Payment,
  PaymentReview,
  Refund,
  StripeEvent,
  StripeEventCursor,
  Notification,
  ChannelSender,
  UnreachableNumber,
  ReminderStep,
  PickupPass,
  RateLimit,
  ArchivedOrder,
  ArchivedOrderName,
  ArchivedNotification,
];

/** node-postgres with a pool of our own; not a copy, which would ask for its native twin. */
const DRIVER: unknown = Object.create(pg, { Pool: { value: BoundedPool } });

/** To get a connection, new or used: whoever calls us is answered within five seconds. */
const CONNECT_LIMIT_MS = 4_000;

/** A statement that hangs must give its connection back; no query of ours takes a tenth of it. */
const LIMITS = [
  ['statement_timeout', 15_000],
  ['idle_in_transaction_session_timeout', 15_000],
] as const;

export interface DatabaseRoad {
  /** Whether statements that are asked again are prepared. */
  readonly preparesStatements?: boolean;
  /** Whether a pooler in transaction mode stands in between: it takes no settings of ours at the start. */
  readonly hasPooler?: boolean;
}

/**
 * The one description of the database, for the application, the TypeORM command line and the tests.
 * Without a `silenceLimitMs` a connection may be silent for ever, as that of a migration rightly is.
 */
export function dataSourceOptions(
  url: string,
  poolSize = 10,
  silenceLimitMs: number | null = null,
  { preparesStatements = false, hasPooler = false }: DatabaseRoad = {},
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    driver: DRIVER,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    migrationsRun: false,
    // gen_random_uuid() is PostgreSQL's own since version 13: no extension is ever installed for it.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    poolSize,
    connectTimeoutMS: CONNECT_LIMIT_MS,
    applicationName: 'garageconnect',
    extra: {
      Client: PreparingClient,
      ...(preparesStatements && { statementNames: new StatementNames() }),
      ...(hasPooler
        ? { transactionSettings: LIMITS.map(([name, ms]) => `SET LOCAL ${name} = ${ms}`) }
        : Object.fromEntries(LIMITS)),
      // Statements that are asked together leave together: see inOneGo.
      pipeline: true,
      keepAlive: true,
      ...(silenceLimitMs !== null && { stream: () => guardedSocket(silenceLimitMs) }),
    },
  };
}
