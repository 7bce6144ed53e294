import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type Stripe from 'stripe';
import { problemOf } from '../common/problem.js';
import { documentOf, sendDocument, sendProblem } from '../common/send-problem.js';
import type { CheckoutGateway } from '../stripe/checkout.gateway.js';
import { WebhookSignatureError } from '../stripe/stripe.errors.js';
import { RefusedCalls } from './refused-calls.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What Stripe's signature vouches for; on the webhook's route only. */
    stripeEvent?: Stripe.Event;
  }
}

const ROUTE = { method: 'POST', url: '/api/webhook/stripe' } as const;

/** Whatever is wrong with it: the caller learns nothing from it. */
const REFUSED = problemOf(new WebhookSignatureError('mismatch'));
const REFUSAL = documentOf(REFUSED, ROUTE.url);

/**
 * Checks the signature over the exact bytes as soon as they are there: a forged call is refused before
 * a guard, a pipe or a filter has been asked, since anybody may send as many as he likes.
 */
export function refuseForgedEvents(server: FastifyInstance, gateway: CheckoutGateway): void {
  const refused = new RefusedCalls(new Logger('PaymentsController'));
  server.addHook('onClose', (_server, done) => {
    refused.flush();
    done();
  });
  server.addHook('onRoute', (route) => {
    if (route.url !== ROUTE.url || route.method !== ROUTE.method) return;
    route.preHandler = (request, reply, done) => {
      const event = eventOrRefusal(request, gateway);
      if (event instanceof WebhookSignatureError) {
        refused.report(event.reason);
        // As it is called by everybody who does not write the address in another way.
        if (request.url === ROUTE.url) sendDocument(reply, REFUSED.problem.status, REFUSAL);
        else sendProblem(request, reply, REFUSED);
        return;
      }
      request.stripeEvent = event;
      done();
    };
  });
}

function eventOrRefusal(
  { body, headers }: FastifyRequest,
  gateway: CheckoutGateway,
): Stripe.Event | WebhookSignatureError {
  const rawBody = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const signature = headers['stripe-signature'];
  const header = Array.isArray(signature) ? signature.join() : signature;
  try {
    return gateway.verifyEvent(rawBody, header);
  } catch (error) {
    if (error instanceof WebhookSignatureError) return error;
    throw error;
  }
}
