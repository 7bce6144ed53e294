import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres.js';
import { clusterPaths } from '../../src/database/postgres-cluster.js';
import { findPostmaster } from '../../src/database/postmaster-pid.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import { stockOf } from '../support/checkout.js';
import { createProduct, orderBody } from '../support/factories.js';
import { whatsappTo } from '../support/outbox.js';
import { expectPaidOnce } from '../support/paid.js';
import { PATIENTLY } from '../support/patience.js';
import { endLeases, Processes } from '../support/processes.js';
import { deliver, sessionEvent } from '../support/stripe-events.js';
import { TestApp } from '../support/test-app.js';

const STOCK = 10_000;
const CUSTOMERS = 3;

let folder: string;
let embedded: EmbeddedPostgres;
let app: TestApp;

/** The whole application, timers included, on an embedded PostgreSQL of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `garageconnect-test-${process.pid}-`));
  // For root, whose server may have to run as nobody: it must be able to pass through.
  await chmod(folder, 0o711);
  embedded = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
  const dataSource = await new DataSource(dataSourceOptions(embedded.url, 2)).initialize();
  await runMigrations(dataSource);
  await dataSource.destroy();
  app = await TestApp.start({
    env: { PROCESS_ROLE: 'all' },
    config: (config) => ({ ...config, database: { ...config.database, url: embedded.url } }),
  });
}, 120_000);
afterAll(async () => {
  await app.stop();
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
});

/** SIGQUIT is `pg_ctl stop -m immediate`. */
async function killPostgres(signal: 'SIGQUIT' | 'SIGKILL', dataDir: string): Promise<void> {
  const postmaster = await findPostmaster(clusterPaths(dataDir).cluster);
  process.kill(postmaster!.pid, signal);
}

const backAgain = () => vi.waitFor(() => app.http.get('/health/ready').expect(200), PATIENTLY);

describe('K11 a PostgreSQL that is killed again and again under load', () => {
  it('costs some 503s: the application finds it again, and every order is paid and told once', async () => {
    const { sku } = await createProduct(app, { stock: STOCK });
    const refusals = new Set<number>();
    const placed: OrderResponse[] = [];
    let shopping = true;

    /** As a storefront does: the same key until there is an answer. */
    const place = async (): Promise<OrderResponse> => {
      const [key, body] = [randomUUID(), await orderBody(app, { items: [{ sku, quantity: 1 }] })];
      for (;;) {
        const answer = await app
          .as('shop')
          .post('/api/orders')
          .set('idempotency-key', key)
          .send(body);
        if (answer.status < 300) return answer.body as OrderResponse;
        refusals.add(answer.status);
        // Whoever held the key is gone with the connection; its lock would last a minute.
        if (answer.status === 409) await endLeases(app).catch(() => undefined);
        await pause(50);
      }
    };
    /** As Stripe does: until it is taken. */
    const pay = async ({ id }: OrderResponse): Promise<void> => {
      const { stripe } = app.doubles;
      const session = stripe.allSessions.find((one) => one.session.client_reference_id === id);
      if (!session) return;
      stripe.pay(session.session.id);
      const completed = sessionEvent(app, 'checkout.session.completed', session.session.id);
      for (;;) {
        const [status] = await deliver(app, completed);
        if (status === 200) return;
        refusals.add(status ?? 0);
        await pause(50);
      }
    };
    const shop = async (): Promise<void> => {
      while (shopping) {
        const order = await place();
        placed.push(order);
        await pay(order);
      }
    };
    const customers = Array.from({ length: CUSTOMERS }, shop);
    for (const signal of ['SIGQUIT', 'SIGKILL', 'SIGQUIT', 'SIGQUIT'] as const) {
      await pause(700);
      await killPostgres(signal, join(folder, 'data'));
      await backAgain();
    }
    await pause(700);
    shopping = false;
    await Promise.all(customers);

    expect(placed.length).toBeGreaterThan(CUSTOMERS);
    // First the reasons, which a status alone would not tell.
    expect(app.logs.filter(({ status }) => status === 500)).toEqual([]);
    expect([...refusals].filter((status) => status !== 503 && status !== 409)).toEqual([]);
    await endLeases(app);
    // Orders whose link was still to be made when their customer came to pay.
    await vi.waitFor(async () => {
      const rows = await app.sql(`SELECT FROM checkout_sessions WHERE status = 'creating'`);
      expect(rows).toEqual([]);
    }, PATIENTLY);
    const unpaid = await app.sql<OrderResponse>(`SELECT id FROM orders WHERE status = 'pending'`);
    for (const order of unpaid) await pay(order);
    for (const { id } of placed) await expectPaidOnce(app, id);

    expect(await stockOf(app, sku)).toBe(STOCK - placed.length);
    await vi.waitFor(async () => {
      const rows = await app.sql(
        `SELECT kind, status, error_code FROM notifications WHERE status IN ('queued', 'sending')`,
      );
      expect(rows).toEqual([]);
    }, PATIENTLY);
    for (const order of placed) {
      // A code whose image Twilio could not fetch meanwhile never arrived, and was sent again.
      const arrived = whatsappTo(app, order).filter(({ status }) => status !== 'failed');
      const titles = arrived.map(({ body }) => body.split('\n')[0]);
      expect(titles).toEqual([...new Set(titles)]);
    }
  }, 120_000);
});

describe('K11 the program on its embedded PostgreSQL', () => {
  it('starts it again when it is killed, and goes on in the same process', async () => {
    const processes = await Processes.start();
    try {
      const dataDir = join(folder, 'of-the-program');
      const program = await processes.ready({ DATABASE_URL: '', DATA_DIR: dataDir });
      for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
        await killPostgres(signal, dataDir);
        await vi.waitFor(async () => {
          expect((await fetch(`${program.url}/health/ready`)).status).toBe(200);
        }, PATIENTLY);
      }
      expect(program.stderr()).toContain('The embedded PostgreSQL has gone');
      expect(await program.end()).toEqual({ code: 0, signal: null });
      expect(await findPostmaster(clusterPaths(dataDir).cluster)).toBeUndefined();
    } finally {
      await processes.stop();
    }
  }, 120_000);
});
