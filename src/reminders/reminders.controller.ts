import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type CronResponse, CronRoute, cronAnswer } from '../access/cron-route.decorator.js';
import { RateLimited } from '../access/rate-limit.guard.js';
import { Roles } from '../access/roles.decorator.js';
import { ApiId } from '../common/api-id.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { OrderResponse } from '../orders/dto/order.response.js';
import { OrdersService } from '../orders/orders.service.js';
import { ManualReminder } from './manual-reminder.service.js';
import { ReminderService } from './reminder.service.js';

@ApiTags('reminders')
@Controller('api')
export class RemindersController {
  constructor(
    private readonly reminders: ReminderService,
    private readonly manual: ManualReminder,
    private readonly orders: OrdersService,
  ) {}

  @Get('cron/payment-reminders')
  @CronRoute('Remind every order that is due: the same code as the timer runs')
  async run(): Promise<CronResponse> {
    return cronAnswer(await this.reminders.sendDueReminders());
  }

  @Post('orders/:id/reminders')
  @Roles('admin')
  @RateLimited('links')
  @HttpCode(200)
  @ApiTags('orders')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Send one reminder now' })
  @ApiOkResponse({ type: OrderResponse })
  @ApiProblems({
    401: 'unauthorized',
    403: 'forbidden',
    404: 'order_not_found',
    409: 'order_not_pending, payment_processing, reminder_already_queued',
    429: 'too_many_requests, too_many_reminders',
    503: 'payment_link_not_ready',
  })
  @ApiId()
  async remind(@Param('id', ParseUUIDPipe) id: string): Promise<OrderResponse> {
    await this.manual.send(id);
    return this.orders.get(id);
  }
}
