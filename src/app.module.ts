import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessModule } from './access/access.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { ProblemDetailsFilter } from './common/problem-details.filter.js';
import { validationPipe } from './common/validation.js';
import { AppConfigModule } from './config/app-config.module.js';
import type { AppConfig } from './config/app-config.js';
import { CustomersModule } from './customers/customers.module.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { SILENCE_LIMIT_MS } from './database/guarded-socket.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { PickupModule } from './pickup/pickup.module.js';
import { RemindersModule } from './reminders/reminders.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { StorefrontModule } from './storefront/storefront.module.js';

/** The list of modules: the shop's words, from the bottom of the house to its top. */
@Module({})
export class AppModule {
  /** `config.database.url` is set by now; `extra` is the sandbox, where there is one. */
  static forRoot(config: AppConfig, extra: readonly DynamicModule[] = []): DynamicModule {
    const timers = config.processRole !== 'web';
    return {
      module: AppModule,
      imports: [
        AppConfigModule.forRoot(config),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(config.database.url!, config.database.poolSize, SILENCE_LIMIT_MS, {
            preparesStatements: config.database.preparesStatements,
            hasPooler: config.database.directUrl !== null,
          }),
          retryAttempts: 0,
        }),
        ScheduleModule.forRoot({ cronJobs: timers, intervals: timers, timeouts: timers }),
        AccessModule,
        CustomersModule,
        CatalogModule,
        RetentionModule,
        NotificationsModule,
        OrdersModule,
        PickupModule,
        PaymentsModule,
        RemindersModule,
        StorefrontModule,
        OperationsModule,
        ...extra,
      ],
      providers: [
        { provide: APP_PIPE, useFactory: validationPipe },
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
      ],
    };
  }
}
