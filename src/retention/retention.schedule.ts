import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronTime } from 'cron';
import { AppConfig } from '../config/app-config.js';
import { RETENTION_JOB } from './retention.service.js';

/** Night is when it is night in the shop: a decorator cannot know the configured time zone. */
@Injectable()
export class RetentionSchedule implements OnApplicationBootstrap {
  constructor(
    private readonly config: AppConfig,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    // In a process that only answers HTTP the scheduler holds no jobs.
    if (!this.scheduler.doesExist('cron', RETENTION_JOB)) return;
    const job = this.scheduler.getCronJob(RETENTION_JOB);
    job.setTime(new CronTime(job.cronTime.source, this.config.shop.timeZone));
  }
}
