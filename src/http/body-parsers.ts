import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../common/domain-error.js';

/** Far above any order, far below what could hurt: more is answered 413. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Stripe signs bytes, not meanings: its route gets them untouched and parses them after the check. */
const RAW_BODY_PATH = '/api/webhook/stripe';

/** JSON for clients and Stripe, forms for Twilio; every other content type is answered 415. */
export function acceptBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (request.routeOptions.url === RAW_BODY_PATH) return done(null, body);
      if (body.length === 0) return done(null, undefined);
      if (!isUtf8(body)) return done(new MalformedJsonError());
      return parseJson(request, body.toString('utf8'), done);
    },
  );
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body: string, done) => done(null, formFields(body)),
  );
}

class MalformedJsonError extends DomainError {
  constructor() {
    super('malformed_json', 400, 'The body is not valid JSON.');
  }
}

/** A field that comes twice becomes a list, as Twilio's signature check expects it. */
function formFields(body: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body)) {
    const earlier = fields[name];
    fields[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return { ...fields };
}
