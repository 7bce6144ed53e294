import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AppConfig } from '../config/app-config.js';
import { OrderNotFoundError, OrderNotPendingError } from '../orders/orders.errors.js';
import { OrdersService } from '../orders/orders.service.js';
import { ProviderControl } from './providers/provider-control.js';
import { NoSessionError } from './sandbox.errors.js';
import { TimeMachineRepository } from './time-machine.repository.js';

/** Makes an hour or a day pass for one order, in the database and at the Stripe double alike. */
@Injectable()
export class TimeMachine {
  constructor(
    private readonly config: AppConfig,
    private readonly orders: OrdersService,
    private readonly rows: TimeMachineRepository,
    private readonly control: ProviderControl,
    private readonly host: HttpAdapterHost,
  ) {}

  /**
   * Then calls the reminders' cron route, as the scheduler would. A link that thereby ends is expired
   * by the double, whose webhook cancels the order. Throws OrderNotFoundError.
   */
  async age(orderId: string, minutes: number): Promise<void> {
    if (!(await this.rows.moveBack(orderId, minutes))) throw new OrderNotFoundError();
    for (const sessionId of await this.rows.sessionIds(orderId)) {
      await this.control.ageSession(sessionId, minutes);
    }
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    await server.inject({
      url: '/api/cron/payment-reminders',
      headers: { authorization: `Bearer ${this.config.access.cronSecret}` },
    });
  }

  /**
   * Ends the order's link at the double now, whose webhook cancels the order. Throws
   * OrderNotFoundError, OrderNotPendingError, or NoSessionError when the link is not the double's.
   */
  async expire(orderId: string): Promise<void> {
    const { status, stripeSessionId } = await this.orders.get(orderId);
    if (status !== 'pending') throw new OrderNotPendingError(status);
    const ended = stripeSessionId !== null && (await this.control.expireSession(stripeSessionId));
    if (!ended) throw new NoSessionError();
  }
}
