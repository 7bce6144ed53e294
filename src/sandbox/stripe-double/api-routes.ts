import type { FastifyInstance, FastifyRequest } from 'fastify';
import { listPage } from './api-list.js';
import type { ApiRunner } from './api-runner.js';
import type { EventLog } from './event-log.js';
import { expanded } from './expansion.js';
import { parseFormBody, type FormObject } from './form-body.js';
import type { Ledger } from './ledger.js';
import { ParameterReader } from './parameter-reader.js';
import type { Refunds } from './refunds.js';
import { refuseUnknownParameters } from './session-parameters.js';
import { readSessionRequest } from './session-request.js';
import type { Sessions } from './sessions.js';
import { invalidRequest, noSuch, StripeRefusal } from './stripe-error.js';

/** What the routes work on. */
export interface ApiParts {
  readonly runner: ApiRunner;
  readonly ledger: Ledger;
  readonly log: EventLog;
  readonly sessions: Sessions;
  readonly refunds: Refunds;
  /** Epoch seconds. */
  readonly now: () => number;
}

type WithId = { Params: { id: string } };

const queryOf = (request: FastifyRequest): FormObject =>
  parseFormBody(request.url.split('?')[1] ?? '');

/** The part of Stripe's API that selling by Checkout needs (docs.stripe.com/api). */
export function registerApi(app: FastifyInstance, parts: ApiParts): void {
  registerSessions(app, parts);
  registerPayments(app, parts);
  registerEvents(app, parts);
  app.setNotFoundHandler((request, reply) =>
    parts.runner.read(request, reply, () => {
      throw new StripeRefusal(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${request.method}: ${request.url.split('?')[0]}).`,
      });
    }),
  );
}

function registerSessions(app: FastifyInstance, { runner, ledger, sessions, now }: ApiParts): void {
  const root = '/v1/checkout/sessions';

  app.post(root, (request, reply) =>
    runner.write(request, reply, (body) => {
      const wanted = readSessionRequest(body, now());
      return () => expanded(ledger, sessions.open(wanted), body);
    }),
  );

  app.get(root, (request, reply) =>
    runner.read(request, reply, () => {
      const query = queryOf(request);
      const params = new ParameterReader(query);
      const status = params.oneOf('status', ['open', 'complete', 'expired']);
      const intent = params.string('payment_intent');
      sessions.expireDue();
      const found = [...ledger.sessions.values()]
        .filter((one) => status === null || one.session.status === status)
        .filter((one) => intent === null || one.paymentIntentId === intent)
        .map((one) => one.session);
      return listPage(found.toReversed(), query, root);
    }),
  );

  app.get<WithId>(`${root}/:id`, (request, reply) =>
    runner.read(request, reply, () =>
      expanded(ledger, sessions.get(request.params.id).session, queryOf(request)),
    ),
  );

  app.get<WithId>(`${root}/:id/line_items`, (request, reply) =>
    runner.read(request, reply, () => {
      const { lineItems } = sessions.get(request.params.id);
      return listPage(lineItems, queryOf(request), `${root}/${request.params.id}/line_items`);
    }),
  );

  app.post<WithId>(`${root}/:id/expire`, (request, reply) =>
    runner.write(request, reply, (body) => {
      refuseUnknownParameters(body, 'none');
      return (cause) => expanded(ledger, sessions.expire(request.params.id, cause), body);
    }),
  );
}

function registerPayments(app: FastifyInstance, { runner, ledger, refunds }: ApiParts): void {
  app.get<WithId>('/v1/payment_intents/:id', (request, reply) =>
    runner.read(request, reply, () => {
      const intent = ledger.intents.get(request.params.id);
      if (!intent) throw noSuch('payment_intent', request.params.id, 'intent');
      return expanded(ledger, intent, queryOf(request));
    }),
  );

  app.post('/v1/refunds', (request, reply) =>
    runner.write(request, reply, (body) => {
      const wanted = refunds.read(body);
      return (cause) => expanded(ledger, refunds.create(wanted, cause), body);
    }),
  );
}

function registerEvents(app: FastifyInstance, { runner, log }: ApiParts): void {
  app.get('/v1/events', (request, reply) =>
    runner.read(request, reply, () => {
      const query = queryOf(request);
      const params = new ParameterReader(query);
      const types = [params.string('type') ?? [], params.strings('types')].flat();
      if (types.length > 20)
        throw invalidRequest('You may only specify up to 20 types.', undefined, 'types');
      const delivered = params.boolean('delivery_success');
      const found = log.records
        .filter((one) => types.length === 0 || types.some((type) => matches(type, one.event.type)))
        .filter((one) => delivered === null || one.delivered === delivered)
        .map((one) => one.event);
      return listPage(found.toReversed(), query, '/v1/events');
    }),
  );

  app.get<WithId>('/v1/events/:id', (request, reply) =>
    runner.read(request, reply, () => {
      const record = log.find(request.params.id);
      if (!record) throw noSuch('event', request.params.id, 'id');
      return record.event;
    }),
  );
}

/** `charge.*` takes the whole family. */
const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
