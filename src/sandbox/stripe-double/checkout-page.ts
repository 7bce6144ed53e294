import type { FastifyInstance, FastifyReply } from 'fastify';
import type Stripe from 'stripe';
import { challengePage, endedPage, notFoundPage, paymentPage } from './checkout-page.html.js';
import type { EventLog } from './event-log.js';
import type { FormObject } from './form-body.js';
import type { Ledger, SessionRecord } from './ledger.js';
import type { PaymentOutcome, Payments, PayWith } from './payments.js';
import type { Sessions } from './sessions.js';
import { AUTHENTICATION_FAILED, findTestCard } from './test-cards.js';
import type { WebhookDelivery } from './webhook-delivery.js';

/** Checkout holds the customer this long for the webhook's 2xx (docs.stripe.com/checkout/fulfillment). */
const WEBHOOK_PATIENCE_MS = 10_000;

const INVALID_NUMBER = 'Ce numéro n’est pas une carte de test : choisissez-en une ci-dessous.';

/** What the page works on. */
export interface PageParts {
  readonly appName: string;
  readonly ledger: Ledger;
  readonly log: EventLog;
  readonly sessions: Sessions;
  readonly payments: Payments;
  readonly webhooks: WebhookDelivery;
  /** Whether events leave by themselves, so that waiting for an answer makes sense. */
  readonly waitsForWebhook: boolean;
  readonly changed: () => void;
  /** Runs work whose events no webhook tells. */
  readonly losing: <T>(work: () => T) => T;
}

type OnSession = { Params: { id: string }; Querystring: { refused?: string }; Body: FormObject };

const field = (body: FormObject | undefined, name: string): string => {
  const value = body?.[name];
  return typeof value === 'string' ? value : '';
};

const successUrl = (session: Stripe.Checkout.Session): string =>
  (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id);

const html = (reply: FastifyReply, status: number, page: string): FastifyReply =>
  reply
    .code(status)
    .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .send(page);

/** The hosted page at `/c/pay/:id`: pay, be challenged by the bank, be refused, go back. */
export function registerCheckoutPage(app: FastifyInstance, parts: PageParts): void {
  const { appName, sessions, payments, ledger } = parts;

  const openRecord = (id: string, reply: FastifyReply): SessionRecord | null => {
    if (!ledger.sessions.has(id)) {
      html(reply, 404, notFoundPage(appName));
      return null;
    }
    const record = sessions.get(id);
    if (record.session.status === 'open') return record;
    html(reply, 200, endedPage(appName, record, successUrl(record.session)));
    return null;
  };

  const conclude = async (
    reply: FastifyReply,
    record: SessionRecord,
    outcome: PaymentOutcome,
    { number, isLost = false }: { number?: string; isLost?: boolean } = {},
  ): Promise<FastifyReply> => {
    parts.changed();
    const { session } = record;
    if (outcome.result === 'challenge')
      return reply.redirect(`/c/pay/${session.id}/challenge`, 303);
    if (outcome.result === 'declined') {
      return html(reply, 200, paymentPage(appName, record, outcome.decline.french, number));
    }
    if (!isLost) await webhookAnswered(parts, session.id);
    return reply.redirect(successUrl(session), 303);
  };

  app.get<OnSession>('/c/pay/:id', (request, reply) => {
    const record = openRecord(request.params.id, reply);
    if (!record) return reply;
    const notice = request.query.refused === undefined ? null : AUTHENTICATION_FAILED.french;
    return html(reply, 200, paymentPage(appName, record, notice));
  });

  app.post<OnSession>('/c/pay/:id', async (request, reply) => {
    const record = openRecord(request.params.id, reply);
    if (!record) return reply;
    const isLost = field(request.body, 'lost') === 'on';
    const pay = (payWith: PayWith): PaymentOutcome => {
      const paying = () => payments.pay(record.session.id, payWith);
      return isLost ? parts.losing(paying) : paying();
    };
    const method = field(request.body, 'method');
    if (method === 'sepa' || method === 'alma') {
      return conclude(reply, record, pay(method), { isLost });
    }
    const number = field(request.body, 'number');
    if (!findTestCard(number))
      return html(reply, 200, paymentPage(appName, record, INVALID_NUMBER, number));
    return conclude(reply, record, pay(number), { number, isLost });
  });

  app.get<OnSession>('/c/pay/:id/challenge', (request, reply) => {
    const record = openRecord(request.params.id, reply);
    if (!record) return reply;
    if (!record.challengedCard) return reply.redirect(`/c/pay/${record.session.id}`, 303);
    return html(reply, 200, challengePage(appName, record));
  });

  app.post<OnSession>('/c/pay/:id/challenge', async (request, reply) => {
    const record = openRecord(request.params.id, reply);
    if (!record) return reply;
    const back = `/c/pay/${record.session.id}`;
    if (!record.challengedCard) return reply.redirect(back, 303);
    const decision = field(request.body, 'decision') === 'approve' ? 'approve' : 'refuse';
    const outcome = payments.challenge(record.session.id, decision);
    if (outcome.result !== 'declined') return conclude(reply, record, outcome);
    parts.changed();
    return reply.redirect(`${back}?refused`, 303);
  });
}

async function webhookAnswered(parts: PageParts, sessionId: string): Promise<void> {
  if (!parts.waitsForWebhook) return;
  const completed = parts.log.records.findLast(
    ({ event }) =>
      event.type === 'checkout.session.completed' && event.data.object.id === sessionId,
  );
  if (completed) await parts.webhooks.accepted(completed.event.id, WEBHOOK_PATIENCE_MS);
}
