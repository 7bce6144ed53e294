import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PlainAnswer } from '../common/plain-answer.js';
import { bearerToken, digestOf, matchesSecret } from '../common/secret-digest.js';
import { AppConfig } from '../config/app-config.js';
import { Refusals } from './refusals.js';

/**
 * Lets the scheduler of the host call the cron routes with CRON_SECRET as bearer; anybody else is
 * answered 401 with the body those callers know. Such a route is `@Public()` to the API keys.
 */
@Injectable()
export class CronSecretGuard implements CanActivate {
  private readonly digest: Buffer;

  constructor(
    { access }: AppConfig,
    private readonly refusals: Refusals,
  ) {
    this.digest = digestOf(access.cronSecret);
  }

  canActivate(context: ExecutionContext): boolean | Promise<never> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const secret = bearerToken(request.headers.authorization);
    if (secret !== null && matchesSecret(secret, this.digest)) return true;
    const headers = { 'www-authenticate': 'Bearer' };
    return this.refusals.refuse(request, new PlainAnswer(401, { error: 'Unauthorized' }, headers));
  }
}
