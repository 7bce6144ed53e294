import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { DataSource } from 'typeorm';
import { closeApplication, createApplication } from '../../src/application.js';
import { AppLogger } from '../../src/common/app-logger.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { loadAppConfig } from '../../src/config/load-app-config.js';
import { freePort } from '../../src/sandbox/providers/free-port.js';
import type { SandboxStateView } from '../../src/sandbox/sandbox-state.service.js';
import { startSandbox } from '../../src/sandbox/start-sandbox.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export interface SandboxShopOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A second process of the same shop: the same database and data folder. */
  readonly beside?: SandboxShop;
  /** Another data folder, for example a copy. */
  readonly dataDir?: string;
}

/** The application as `npm start` runs it with its sandbox, on a database of the tests. */
export class SandboxShop {
  private stopping: Promise<void> | null = null;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly config: AppConfig,
    readonly database: TestDatabase,
    private readonly stopSandbox: () => Promise<void>,
    private readonly ownsDatabase: boolean,
  ) {}

  static async start({ env, beside, dataDir }: SandboxShopOptions = {}): Promise<SandboxShop> {
    const database = beside?.database ?? (await createTestDatabase());
    const base = loadAppConfig({
      NODE_ENV: 'test',
      PORT: String(await freePort()),
      DATABASE_URL: database.url,
      DATA_DIR: dataDir ?? beside?.config.database.dataDir ?? (await newDataDir()),
      ...env,
    });
    const { config, module, stop } = await startSandbox(base);
    const app = await createApplication(config, AppLogger.create('silent'), [module]);
    if (config.processRole !== 'worker') await app.listen({ ...config.http });
    return new SandboxShop(app, config, database, stop, beside === undefined);
  }

  /** Where it listens, whatever its public URL is. */
  get url(): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  get http() {
    return supertest(this.url);
  }

  as(role: 'admin' | 'shop' | 'counter') {
    const { adminKeys, shopKeys, counterKeys } = this.config.access;
    const keys = { admin: adminKeys, shop: shopKeys, counter: counterKeys };
    return supertest.agent(this.url).set('authorization', `Bearer ${keys[role][0]}`);
  }

  async state(number?: string): Promise<SandboxStateView> {
    const answer = await this.http.get('/sandbox/state').query(number ? { number } : {});
    return answer.body as SandboxStateView;
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const answer: unknown = await this.app.get(DataSource).query(text, values);
    return (Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : answer) as Row[];
  }

  /** As on SIGTERM; idempotent. The database and the data folder stay. */
  stop(): Promise<void> {
    return (this.stopping ??= closeApplication(this.app).then(this.stopSandbox));
  }

  /** Stops it and removes what is left of it. */
  async remove(): Promise<void> {
    await this.stop();
    if (!this.ownsDatabase) return;
    await this.database.drop();
    await rm(this.config.database.dataDir, { recursive: true, force: true });
  }
}

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'garageconnect-sandbox-'));

export const ALINE = {
  phoneNumber: '+590690123456',
  firstName: 'Aline',
  email: 'aline@example.com',
  locale: 'fr',
} as const;

export const TYRE = 'MICHELIN-P4-2055516';
