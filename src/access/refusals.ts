import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf, RateLimits } from './rate-limits.js';

/**
 * Failed attempts to get in, counted per address. Only failures count, and only they are answered
 * 429: whoever guesses from the shop's own network cannot lock the shop out.
 */
@Injectable()
export class Refusals {
  constructor(private readonly limits: RateLimits) {}

  /** Throws `error`, or TooManyRequestsError when this address has failed too often. */
  async refuse(request: FastifyRequest, error: Error): Promise<never> {
    await this.limits.spend('refusals', callerOf(request.ip));
    throw error;
  }
}
