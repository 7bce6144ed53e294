import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { cronAnswer, CronRoute, type CronResponse } from '../access/cron-route.decorator.js';
import { ReconciliationService } from './reconciliation.service.js';

@ApiTags('payments')
@Controller('api/cron/reconcile-payments')
export class ReconciliationController {
  constructor(private readonly reconciliation: ReconciliationService) {}

  @Get()
  @CronRoute('Settle what no webhook told: the same code as the timer runs')
  async run(): Promise<CronResponse> {
    return cronAnswer(await this.reconciliation.reconcile());
  }
}
