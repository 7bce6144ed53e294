import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Stripe from 'stripe';
import { hold } from '../double-server.js';
import type { Cause } from './event-log.js';
import type { FormObject } from './form-body.js';
import type { IdempotencyKeys, SavedAnswer } from './idempotency-keys.js';
import { StripeRefusal } from './stripe-error.js';
import { newRequestId } from './stripe-ids.js';

/** Checks a request's parameters and hands back the work, so that a refused one leaves its key free. */
export type Prepare = (body: FormObject) => (cause: Cause) => unknown;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Stripe indents its JSON. The text is kept, not the object: what it shows may change later. */
const answered = (requestId: string, status: number, body: unknown): SavedAnswer => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body ?? null, null, 2),
  requestId,
  headers: {},
});

/** A secret key is taken as a bearer token or as the user name of Basic (docs.stripe.com/api/authentication). */
function keyOf(request: FastifyRequest): string | undefined {
  const [scheme = '', credentials = ''] = (header(request, 'authorization') ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(credentials, 'base64').toString().split(':')[0];
}

/** What every API request goes through: key, headers, idempotency, errors in Stripe's shape. */
export class ApiRunner {
  constructor(
    private readonly secretKey: string,
    private readonly keys: IdempotencyKeys,
    private readonly changed: () => void,
  ) {}

  /** Answers what `work` gives. */
  async read(
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => unknown,
  ): Promise<FastifyReply> {
    const requestId = greet(request, reply);
    return send(reply, await this.look(request, requestId, work));
  }

  /** Honours `Idempotency-Key`: parameters are checked before the work, and only work leaves a result. */
  async write(
    request: FastifyRequest,
    reply: FastifyReply,
    prepare: Prepare,
  ): Promise<FastifyReply> {
    const requestId = greet(request, reply);
    const key = header(request, 'idempotency-key');
    const body = (request.body ?? {}) as FormObject;
    const early = this.enter(request, reply, requestId, key, body);
    if (early) return send(reply, early);
    // The key stays taken during a scripted delay, so that a second request meets the first.
    await hold(request);
    const answer = this.execute(request, requestId, prepare, body, key);
    this.changed();
    return send(reply, answer);
  }

  private async look(
    request: FastifyRequest,
    requestId: string,
    work: () => unknown,
  ): Promise<SavedAnswer> {
    try {
      this.authenticate(request);
      await hold(request);
      return answered(requestId, 200, work());
    } catch (error) {
      return refusal(requestId, error);
    }
  }

  /** What can be answered before any work: a refusal, or what the key already led to. */
  private enter(
    request: FastifyRequest,
    reply: FastifyReply,
    requestId: string,
    key: string | undefined,
    body: FormObject,
  ): SavedAnswer | null {
    try {
      this.authenticate(request);
      return key === undefined ? null : this.begin(key, request, reply, body);
    } catch (error) {
      return refusal(requestId, error);
    }
  }

  private begin(
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    body: FormObject,
  ): SavedAnswer | null {
    reply.header('idempotency-key', key);
    const known = this.keys.begin(key, request.url.split('?')[0] ?? '', body);
    if (known) {
      reply.header('idempotent-replayed', 'true').header('original-request', known.requestId);
    }
    return known;
  }

  private execute(
    request: FastifyRequest,
    requestId: string,
    prepare: Prepare,
    body: FormObject,
    key = '',
  ): SavedAnswer {
    let work: (cause: Cause) => unknown;
    try {
      work = prepare(body);
    } catch (error) {
      this.keys.forget(key);
      return refusal(requestId, error);
    }
    const answer = this.work(request, requestId, () =>
      work({ id: requestId, idempotency_key: key === '' ? null : key }),
    );
    this.keys.save(key, answer);
    return answer;
  }

  private work(request: FastifyRequest, requestId: string, run: () => unknown): SavedAnswer {
    const { fault } = request;
    if (fault?.kind === 'status' && fault.saved) {
      // Stripe asks clients not to repeat a saved failure: they would only be given it again.
      const headers = { 'stripe-should-retry': 'false', ...fault.headers };
      return { ...answered(requestId, fault.status, fault.body), headers };
    }
    try {
      return answered(requestId, 200, run());
    } catch (error) {
      return refusal(requestId, error);
    }
  }

  private authenticate(request: FastifyRequest): void {
    const key = keyOf(request);
    if (key !== undefined && timingSafeEqual(digest(key), digest(this.secretKey))) return;
    throw new StripeRefusal(401, {
      type: 'invalid_request_error',
      message:
        key === undefined
          ? "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
          : `Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(12)}`,
    });
  }
}

function greet(request: FastifyRequest, reply: FastifyReply): string {
  const requestId = newRequestId();
  reply.header('request-id', requestId);
  reply.header('stripe-version', header(request, 'stripe-version') ?? Stripe.API_VERSION);
  return requestId;
}

function refusal(requestId: string, error: unknown): SavedAnswer {
  if (!(error instanceof StripeRefusal)) throw error;
  return answered(requestId, error.status, { error: error.body });
}

function send(reply: FastifyReply, { status, text, headers }: SavedAnswer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .type('application/json')
    .send(text);
}
