import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { PickupQr } from '../notifications/pickup-qr.port.js';
import { OrdersModule } from '../orders/orders.module.js';
import { RetentionModule } from '../retention/retention.module.js';
import { PickupImageController } from './pickup-image.controller.js';
import { PickupPassesRepository } from './pickup-passes.repository.js';
import { PickupQrService } from './pickup-qr.service.js';
import { PickupService } from './pickup.service.js';
import { PickupsController } from './pickups.controller.js';

@Module({
  imports: [OrdersModule, RetentionModule],
  controllers: [PickupsController, PickupImageController],
  providers: [
    Clock,
    PickupPassesRepository,
    PickupQrService,
    PickupService,
    { provide: PickupQr, useExisting: PickupQrService },
  ],
  exports: [PickupService, PickupQr],
})
export class PickupModule {}
