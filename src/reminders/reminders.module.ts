import { Module } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ManualReminder } from './manual-reminder.service.js';
import { ReminderService } from './reminder.service.js';
import { RemindersController } from './reminders.controller.js';
import { RemindersRepository } from './reminders.repository.js';
import { RemindersSchedule } from './reminders.schedule.js';

@Module({
  imports: [NotificationsModule, OrdersModule],
  controllers: [RemindersController],
  providers: [ManualReminder, ReminderService, RemindersRepository, RemindersSchedule],
  exports: [ReminderService],
})
export class RemindersModule {}
