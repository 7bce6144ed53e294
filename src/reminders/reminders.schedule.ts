import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronTime } from 'cron';
import { AppConfig } from '../config/app-config.js';
import { REMINDER_JOB } from './reminder.service.js';

/** Sets the reminder job's time from the configuration: a decorator cannot wait for it. */
@Injectable()
export class RemindersSchedule implements OnApplicationBootstrap {
  constructor(
    private readonly config: AppConfig,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    // In a process that only answers HTTP the scheduler holds no jobs.
    if (!this.scheduler.doesExist('cron', REMINDER_JOB)) return;
    this.scheduler
      .getCronJob(REMINDER_JOB)
      .setTime(new CronTime(this.config.reminders.cron, this.config.shop.timeZone));
  }
}
