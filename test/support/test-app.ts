import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { DataSource } from 'typeorm';
import { closeApplication, createApplication } from '../../src/application.js';
import { AppLogger } from '../../src/common/app-logger.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { loadAppConfig } from '../../src/config/load-app-config.js';
import { LISTEN_BACKLOG } from '../../src/http/server-limits.js';
import { DispatcherService } from '../../src/notifications/dispatcher.service.js';
import { CheckoutSessionsTicker } from '../../src/orders/checkout-sessions.ticker.js';
import { ReconciliationService } from '../../src/payments/reconciliation.service.js';
import { type Doubles, pointedAt, startDoubles } from './doubles.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** What links say; the doubles know that it is really the test's own port. */
export const APP_URL = 'http://shop.test';

export type Role = 'admin' | 'shop' | 'counter';

export interface TestAppOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly config?: (config: AppConfig) => AppConfig;
  /** A second application on the first one's database and providers. */
  readonly beside?: TestApp;
}

/**
 * The whole application on a real port, a database of its own and the providers' doubles. It runs as
 * `web`: no timer fires by itself, so a test says when the dispatcher drains and when a tick comes.
 */
export class TestApp {
  /** Every line that was logged, parsed. */
  readonly logs: Record<string, unknown>[] = [];

  private constructor(
    readonly app: NestFastifyApplication,
    readonly config: AppConfig,
    readonly doubles: Doubles,
    readonly database: TestDatabase,
    private readonly shared: boolean,
  ) {}

  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const { env = {}, beside, config: adjust = (config) => config } = options;
    const base = loadAppConfig({
      NODE_ENV: 'test',
      PROCESS_ROLE: 'web',
      APP_URL,
      PORT: '0',
      RATE_LIMIT_WHATSAPP_PER_SECOND: '0',
      ...env,
    });
    let url = '';
    const database = beside?.database ?? (await createTestDatabase());
    const doubles = beside?.doubles ?? (await startDoubles(base, () => url));
    const config = adjust(
      pointedAt({ ...base, database: { ...base.database, url: database.url } }, doubles),
    );
    const logs: Record<string, unknown>[] = [];
    const logger = AppLogger.create('debug', {
      write: (line) => logs.push(JSON.parse(line) as Record<string, unknown>),
    });
    const app = await createApplication(config, logger);
    await app.listen({ port: 0, host: '127.0.0.1', backlog: LISTEN_BACKLOG });
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    const testApp = new TestApp(app, config, doubles, database, beside !== undefined);
    Object.assign(testApp, { logs });
    return testApp;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.app.getHttpServer().address() as AddressInfo).port}`;
  }

  /** Without a key. */
  get http() {
    return supertest(this.url);
  }

  /** With the key of a role on every request. */
  as(role: Role) {
    const { adminKeys, shopKeys, counterKeys } = this.config.access;
    const keys = { admin: adminKeys, shop: shopKeys, counter: counterKeys };
    return supertest.agent(this.url).set('authorization', `Bearer ${keys[role][0]}`);
  }

  /** Sends every message that is due; answers how many rows were tried. */
  async drain(): Promise<number> {
    return this.app.get(DispatcherService).drain();
  }

  /** What the timer of a worker does for checkout sessions. */
  async tickCheckout(): Promise<void> {
    await this.app.get(CheckoutSessionsTicker).tick();
  }

  /** What the timer of a worker does to learn what no webhook told; answers how many things it mended. */
  async reconcile(): Promise<number> {
    return this.app.get(ReconciliationService).reconcile();
  }

  /** Raw SQL on the application's database. */
  async sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const answer: unknown = await this.app.get(DataSource).query(text, values);
    const rows = Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : answer;
    return rows as Row[];
  }

  /** Lets an order be older, as if so many minutes had passed for it alone. */
  async age(orderId: string, minutes: number): Promise<void> {
    await this.sql(
      `WITH o AS (UPDATE orders SET created_at = created_at - make_interval(mins => $2)
                   WHERE id = $1 RETURNING id)
       UPDATE checkout_sessions SET created_at = created_at - make_interval(mins => $2),
              expires_at = expires_at - make_interval(mins => $2),
              next_check_at = next_check_at - make_interval(mins => $2)
        WHERE order_id = $1`,
      [orderId, minutes],
    );
  }

  async stop(): Promise<void> {
    await closeApplication(this.app);
    if (this.shared) return;
    await this.doubles.stop();
    await this.database.drop();
  }
}
