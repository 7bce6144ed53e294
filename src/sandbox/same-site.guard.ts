import { isIP } from 'node:net';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppConfig } from '../config/app-config.js';
import { CrossSiteError } from './sandbox.errors.js';

/**
 * The sandbox asks for no key, so a page of another site must not be able to drive it from a
 * developer's browser: neither across origins nor under a name of its own that points here (DNS
 * rebinding). A caller that is no browser sends none of these headers and passes.
 */
@Injectable()
export class SameSiteGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { origin, host = '' } = headers;
    const site = headers['sec-fetch-site'];
    const isBrowser = origin !== undefined || site !== undefined;
    const isOurs =
      (site === undefined || site === 'same-origin' || site === 'none') &&
      (origin === undefined || hostOf(origin) === host) &&
      this.isOurName(host);
    if (isBrowser && !isOurs) throw new CrossSiteError();
    return true;
  }

  /** An address cannot be taken over by somebody's DNS; a name can, unless it is the configured one. */
  private isOurName(host: string): boolean {
    const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    return (
      isIP(name) !== 0 || name === 'localhost' || host === new URL(this.config.http.appUrl).host
    );
  }
}

const hostOf = (origin: string): string | null =>
  URL.canParse(origin) ? new URL(origin).host : null;
