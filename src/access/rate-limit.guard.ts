import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { bearerToken, digestOf } from '../common/secret-digest.js';
import type { LimitName } from '../config/app-config.js';
import { PerRoute } from './per-route.js';
import { callerOf, RateLimits } from './rate-limits.js';

const RATE_LIMIT_METADATA = 'access:rate-limit';

/** Counts each use of a route, or of every route of a controller, against this limit. */
export const RateLimited = (name: LimitName): ClassDecorator & MethodDecorator =>
  SetMetadata(RATE_LIMIT_METADATA, name);

/**
 * Stands behind the ApiKeyGuard: the caller is the key where it let one in, else the address of the
 * socket (or what a proxy we trust says of it; a header of anybody else changes nothing). A route
 * that checks a signature of its own has no limit here: Stripe and Twilio are never answered 429.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly limit: PerRoute<LimitName | null>;

  constructor(
    reflector: Reflector,
    private readonly limits: RateLimits,
  ) {
    this.limit = new PerRoute(
      (...targets) =>
        reflector.getAllAndOverride<LimitName | undefined>(RATE_LIMIT_METADATA, targets) ?? null,
    );
  }

  /** At once where nothing is counted, as on the webhooks. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const name = this.limit.of(context);
    if (name === null || !this.limits.has(name)) return true;
    return this.spend(name, context.switchToHttp().getRequest<FastifyRequest>());
  }

  private async spend(name: LimitName, request: FastifyRequest): Promise<true> {
    await this.limits.spend(name, whoOf(request));
    return true;
  }
}

function whoOf(request: FastifyRequest): string {
  const key = request.role && bearerToken(request.headers.authorization);
  return key ? `key:${digestOf(key).toString('hex').slice(0, 16)}` : callerOf(request.ip);
}
