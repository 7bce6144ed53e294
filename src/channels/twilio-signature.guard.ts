import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import twilio from 'twilio';

import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';

/**
 * Lets through only what Twilio signed: HMAC-SHA1 of the full URL and every form parameter, known or
 * not (twilio.com/docs/usage/security). The host is the configured public one, never a header: what
 * a proxy or a caller says about it proves nothing. The signature holds no time, so a signed
 * request can be replayed: what it guards must be idempotent.
 */
@Injectable()
export class TwilioSignatureGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const signature = request.headers['x-twilio-signature'];
    const params = formParams(request.body);
    const url = `${this.config.http.appUrl}${request.originalUrl}`;
    if (
      typeof signature === 'string' &&
      params !== null &&
      twilio.validateRequest(this.config.twilio.authToken, signature, url, params)
    ) {
      return true;
    }
    throw new DomainError(
      'invalid_signature',
      403,
      'The X-Twilio-Signature header is missing or does not match this request.',
    );
  }
}

/** Null for a body that no form can produce, such as nested JSON. */
function formParams(body: unknown): Record<string, unknown> | null {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object') return null;
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isForm = Object.values(body).every((value) =>
    Array.isArray(value) ? value.every(isText) : isText(value),
  );
  return isForm ? { ...body } : null;
}
