import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { register } from 'prom-client';
import { Public } from '../access/roles.decorator.js';
import {
  channelRestSeconds,
  openReviews,
  orders,
  ordersEstimated,
  outboxAgeSeconds,
  outboxDepth,
  unreachableNumbers,
} from './metrics.js';
import { MetricsRepository } from './metrics.repository.js';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsRepository) {}

  @Get()
  @Public()
  @Header('content-type', register.contentType)
  @ApiProduces('text/plain')
  @ApiOperation({ summary: 'Figures for Prometheus: HTTP, orders, outbox, provider calls' })
  async scrape(): Promise<string> {
    await this.readDatabase();
    return register.metrics();
  }

  /** The database is asked at the scrape, so every instance tells the same of it. */
  private async readDatabase(): Promise<void> {
    const [byState, estimated, outbox, reviews, rests, unreachable] = await Promise.all([
      this.metrics.ordersByState(),
      this.metrics.ordersEstimated(),
      this.metrics.outbox(),
      this.metrics.openReviews(),
      this.metrics.channelRests(),
      this.metrics.unreachableNumbers(),
    ]);
    orders.reset();
    for (const { status, paymentStatus, count } of byState) {
      orders.set({ status, payment_status: paymentStatus }, count);
    }
    ordersEstimated.reset();
    for (const { status, count } of estimated) ordersEstimated.set({ status }, count);
    outboxDepth.reset();
    for (const { channel, count } of outbox) outboxDepth.set({ channel }, count);
    outboxAgeSeconds.set(Math.max(0, ...outbox.map(({ oldestSeconds }) => oldestSeconds)));
    openReviews.set(reviews);
    for (const { channel, seconds } of rests) channelRestSeconds.set({ channel }, seconds);
    unreachableNumbers.reset();
    for (const { channel, reason, count } of unreachable) {
      unreachableNumbers.set({ channel, reason }, count);
    }
  }
}
