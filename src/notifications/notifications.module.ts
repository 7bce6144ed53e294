import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { Clock } from '../common/clock.js';
import { CustomersModule } from '../customers/customers.module.js';
import { DeliveryStatusController } from './delivery-status.controller.js';
import { DeliveryService } from './delivery.service.js';
import { DispatcherService } from './dispatcher.service.js';
import { MessageComposer } from './message-composer.js';
import { NotificationsRepository } from './notifications.repository.js';
import { NotificationsService } from './notifications.service.js';
import { OutboxRepository } from './outbox.repository.js';
import { OutboxSignal } from './outbox-signal.js';

@Module({
  imports: [ChannelsModule, CustomersModule],
  controllers: [DeliveryStatusController],
  providers: [
    Clock,
    DeliveryService,
    DispatcherService,
    MessageComposer,
    NotificationsRepository,
    NotificationsService,
    OutboxRepository,
    OutboxSignal,
  ],
  exports: [NotificationsService, DispatcherService],
})
export class NotificationsModule {}
