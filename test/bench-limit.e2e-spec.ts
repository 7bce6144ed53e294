import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitServer } from '../bench/limit/limit-server.js';
import { seedOrders, seedProducts } from '../bench/seed/orders.js';
import { paidEvent, signedRequest } from '../bench/seed/signed-events.js';
import { WEBHOOK_SECRET } from '../bench/programs/settings.js';
import { createStripeClient } from '../src/stripe/stripe-client.js';
import { TestApp } from './support/test-app.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const TABLES = [
  'customers',
  'products',
  'orders',
  'order_items',
  'order_events',
  'checkout_sessions',
  'notifications',
  'payments',
  'pickup_passes',
  'stripe_events',
  'reminder_steps',
] as const;

/** What no two runs have in common: ids, instants, secrets, addresses, each as what it is. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^"\\]*/g, 'instant'],
  [/\b1[789]\d{8}\b/g, '1'],
  [/SM[0-9a-f]{32}/g, 'SM'],
  [/(cs|pi|evt)_(?:test_)?[A-Za-z0-9]{10,}/g, '$1'],
  [/\\\\x[0-9a-f]{64}/g, 'secret'],
  [/http:\/\/(?:shop\.test|127\.0\.0\.1)(?::\d+)?/g, 'origin'],
];

/** Otherwise the benchmark would compare the application with a program that does less. */
describe('the bare program of the benchmark', () => {
  let app: TestApp;
  let database: TestDatabase;
  let pool: pg.Pool;
  let limit: FastifyInstance;
  let url: string;
  let ours: pg.Client;

  beforeAll(async () => {
    app = await TestApp.start({ env: { STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET } });
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url });
    limit = limitServer(pool, createStripeClient(app.config.stripe), WEBHOOK_SECRET);
    url = await limit.listen({ port: 0, host: '127.0.0.1' });
    ours = new pg.Client({ connectionString: app.database.url });
    await ours.connect();
    await seedProducts(ours);
    await withClient(seedProducts);
  });

  afterAll(async () => {
    await ours?.end();
    await limit?.close();
    await pool?.end();
    await database?.drop();
    await app?.stop();
  });

  it('places an order with the same rows and the same answer', async () => {
    const body = {
      customer: { phoneNumber: '+590690123456', firstName: 'Aline' },
      items: [
        { sku: 'TYRE-2', quantity: 2 },
        { sku: 'TYRE-1', quantity: 1 },
      ],
    };
    const answered = await app.as('shop').post('/api/orders').send(body).expect(201);
    const bare = await supertest(url).post('/api/orders').send(body).expect(201);
    expect(plain(bare.body)).toEqual(plain(answered.body));
    await expectSameRows();
  });

  it('settles a payment with the same rows, once', async () => {
    for (const [client, origin] of [
      [ours, app.url],
      [pool, url],
    ] as const) {
      const { rows } = await client.query<{ id: string; sessionId: string; totalAmount: number }>(
        `SELECT id, stripe_session_id AS "sessionId", total_amount AS "totalAmount" FROM orders`,
      );
      const { path, body, headers } = signedRequest(paidEvent(rows[0]!));
      for (const _delivery of [1, 2]) {
        await supertest(origin).post(path).set(headers).send(body).expect(200, { received: true });
      }
      await supertest(origin).post(path).set(headers).send(`${body} `).expect(400);
    }
    await expectSameRows();
  });

  it('reminds the same orders with the same rows', async () => {
    await seedOrders(ours, 'due', 30, 1);
    await withClient((client) => seedOrders(client, 'due', 30, 1));
    for (const origin of [app.url, url]) {
      const { body } = await supertest(origin)
        .get('/api/cron/payment-reminders')
        .set('authorization', `Bearer ${app.config.access.cronSecret}`)
        .expect(200);
      expect(body).toMatchObject({ processed: 30 });
    }
    await expectSameRows();
  });

  async function withClient(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  async function expectSameRows(): Promise<void> {
    for (const table of TABLES) {
      const [one, other] = [await rowsOf(ours, table), await rowsOf(pool, table)];
      expect({ table, rows: other }).toEqual({ table, rows: one });
    }
  }
});

async function rowsOf(client: pg.Client | pg.Pool, table: string): Promise<unknown[]> {
  const { rows } = await client.query<{ row: unknown }>(`SELECT to_json(t) AS row FROM ${table} t`);
  return rows
    .map(({ row }) => plain(row))
    .toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    PLAIN.reduce((text, [shape, name]) => text.replaceAll(shape, name), JSON.stringify(value)),
  );
