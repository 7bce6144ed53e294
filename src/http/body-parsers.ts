import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';

/** Far above any order, far below what could hurt: more is answered 413. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Stripe signs bytes, not meanings: its route gets them untouched and parses them after the check. */
const RAW_BODY_PATH = '/api/webhook/stripe';

/** Twilio posts forms; nobody else may, since a form is what a page of any other site can send. */
const FORM_PATHS = '/api/webhook/twilio/';

/** JSON for clients and Stripe, forms for Twilio; every other content type is answered 415. */
export function acceptBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (request.is404) return done(null, undefined);
      if (request.routeOptions.url === RAW_BODY_PATH) return done(null, body);
      if (isEncoded(request)) return done(new EncodedBodyError());
      if (body.length === 0) return done(null, undefined);
      if (!isUtf8(body)) return done(new MalformedJsonError());
      return parseJson(request, body.toString('utf8'), done);
    },
  );
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body: string, done) => {
      if (request.is404) return done(null, undefined);
      if (!request.routeOptions.url?.startsWith(FORM_PATHS)) return done(new NotJsonError());
      if (isEncoded(request)) return done(new EncodedBodyError());
      return done(null, formFields(body));
    },
  );
}

class MalformedJsonError extends DomainError {
  constructor() {
    super('malformed_json', 400, 'The body is not valid JSON.');
  }
}

class NotJsonError extends DomainError {
  constructor() {
    super('unsupported_media_type', 415, 'This route takes application/json only.');
  }
}

class EncodedBodyError extends DomainError {
  constructor() {
    super('unsupported_media_type', 415, 'Send the body as it is, without a Content-Encoding.');
  }
}

/** Nothing is unpacked here: a few bytes could become gigabytes. */
const isEncoded = ({ headers }: FastifyRequest): boolean =>
  (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';

/** A field that comes twice becomes a list, as Twilio's signature check expects it. */
function formFields(body: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body)) {
    const earlier = fields[name];
    fields[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return { ...fields };
}
