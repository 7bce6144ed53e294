import fastify, { type FastifyInstance } from 'fastify';
import type pg from 'pg';
import type Stripe from 'stripe';
import { placeOrders } from './place-order.js';
import { settlePayments } from './settle-payment.js';
import { sweepReminders } from './sweep.js';

/**
 * What this machine and this PostgreSQL can do at all: the same rows by the fewest statements, prepared
 * once a connection, through bare Fastify and node-postgres. No framework, no ORM, nothing validated
 * but Stripe's signature, no limits, no log, no metrics, no lease or retry: not an application.
 */
export function limitServer(pool: pg.Pool, stripe: Stripe, webhookSecret: string): FastifyInstance {
  const server = fastify();
  // The one body that has to stay as it came: Stripe signs its bytes.
  server.addContentTypeParser(
    'application/json; charset=utf-8',
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  server.get('/', async () => 'ok');
  placeOrders(server, pool, stripe);
  settlePayments(server, pool, stripe, webhookSecret);
  sweepReminders(server, pool);
  return server;
}
