import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { Clock } from '../common/clock.js';
import { CustomersModule } from '../customers/customers.module.js';
import { DeliveryStatusController } from './delivery-status.controller.js';
import { ChannelSendersRepository } from './channel-senders.repository.js';
import { DeliveryCheckService } from './delivery-check.service.js';
import { DeliveryReportsRepository } from './delivery-reports.repository.js';
import { DeliveryReportsService } from './delivery-reports.service.js';
import { DeliveryService } from './delivery.service.js';
import { DispatcherService } from './dispatcher.service.js';
import { MessageComposer } from './message-composer.js';
import { NotificationsRepository } from './notifications.repository.js';
import { NotificationsService } from './notifications.service.js';
import { OutboxRepository } from './outbox.repository.js';
import { OutboxSignal } from './outbox-signal.js';
import { SenderHealthService } from './sender-health.service.js';
import { SettlementQueue } from './settlement-queue.js';

@Module({
  imports: [ChannelsModule, CustomersModule],
  controllers: [DeliveryStatusController],
  providers: [
    Clock,
    ChannelSendersRepository,
    DeliveryCheckService,
    DeliveryReportsRepository,
    DeliveryReportsService,
    DeliveryService,
    DispatcherService,
    MessageComposer,
    NotificationsRepository,
    NotificationsService,
    OutboxRepository,
    OutboxSignal,
    SenderHealthService,
    SettlementQueue,
  ],
  exports: [NotificationsService, DispatcherService, DeliveryCheckService],
})
export class NotificationsModule {}
