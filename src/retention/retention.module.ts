import { Module } from '@nestjs/common';
import { ArchiveRepository } from './archive.repository.js';
import { OrderArchive } from './archive.service.js';
import { OldRowsRepository } from './old-rows.repository.js';
import { PartitionsRepository } from './partitions.repository.js';
import { RetentionController } from './retention.controller.js';
import { RetentionSchedule } from './retention.schedule.js';
import { RetentionService } from './retention.service.js';

@Module({
  controllers: [RetentionController],
  providers: [
    ArchiveRepository,
    OldRowsRepository,
    OrderArchive,
    PartitionsRepository,
    RetentionSchedule,
    RetentionService,
  ],
  exports: [OrderArchive],
})
export class RetentionModule {}
