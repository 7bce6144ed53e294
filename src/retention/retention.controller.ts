import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { cronAnswer, CronRoute, type CronResponse } from '../access/cron-route.decorator.js';
import { RetentionService, ROUTE_MS } from './retention.service.js';

@ApiTags('operations')
@Controller('api/cron/apply-retention')
export class RetentionController {
  constructor(private readonly retention: RetentionService) {}

  @Get()
  @CronRoute('Archive what is finished, for 20 seconds at most: the same code as the timer runs')
  async run(): Promise<CronResponse> {
    return cronAnswer(await this.retention.apply(ROUTE_MS));
  }
}
