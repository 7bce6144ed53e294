import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded-postgres.js';
import { runMigrations } from '../src/database/run-migrations.js';
import { freePort } from '../src/sandbox/providers/free-port.js';
import { answers, ChildProgram, type Environment } from './programs/child-program.js';
import { applicationEnvironment, limitEnvironment, type Place } from './programs/settings.js';
import { seedProducts } from './seed/orders.js';

const APPLICATION = new URL('../../src/main.js', import.meta.url);
const PROVIDERS = new URL('programs/instant-providers.js', import.meta.url);
const LIMIT = new URL('limit/server.js', import.meta.url);

/** A database of the benchmark, and a session to prepare and look at it with. */
export interface BenchDatabase {
  readonly url: string;
  readonly session: pg.Client;
  drop(): Promise<void>;
}

/** A program that answers HTTP. */
export interface Server {
  readonly origin: string;
  readonly program: ChildProgram;
}

/**
 * Everything that the programs share, all on 127.0.0.1: one PostgreSQL with the settings the
 * application gives its own, and the providers' doubles. `close` ends and removes all of it.
 */
export class Stage {
  private readonly programs = new Set<ChildProgram>();
  private readonly databases = new Set<BenchDatabase>();
  private readonly templates = new Map<string, Promise<string>>();

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly providersPort: number,
    readonly postmasterPid: number,
    readonly postgresVersion: string,
  ) {}

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'garageconnect-bench-'));
    // For root, whose PostgreSQL may have to run as nobody: it must be able to pass through.
    await chmod(folder, 0o711);
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
    const { pid, version } = await inspect(postgres.url);
    const stage = new Stage(folder, postgres, await freePort(), pid, version);
    const environment = { PORT: String(stage.providersPort) };
    await stage.start('providers', PROVIDERS, environment, `${stage.providersUrl}/`);
    return stage;
  }

  get providersUrl(): string {
    return `http://127.0.0.1:${this.providersPort}`;
  }

  /** Migrated and with articles to sell: a copy, since that takes less than to write it all again. */
  async database(name: string, template?: string): Promise<BenchDatabase> {
    const origin = template ?? (await this.shop());
    // As files: what is large needs not pass through the write-ahead log as well.
    await this.administer(`CREATE DATABASE ${name} TEMPLATE ${origin} STRATEGY FILE_COPY`);
    const url = this.urlOf(name);
    const session = new pg.Client({ connectionString: url });
    session.on('error', () => undefined);
    await session.connect();
    const database: BenchDatabase = {
      url,
      session,
      drop: async () => {
        this.databases.delete(database);
        await session.end();
        await this.administer(`DROP DATABASE ${name} WITH (FORCE)`);
      },
    };
    this.databases.add(database);
    return database;
  }

  /**
   * The name of a database to copy, itself a copy with more rows, which are written once, whoever asks
   * for it first.
   */
  async template(
    name: string,
    seed: (session: pg.Client) => Promise<void>,
    template?: string,
  ): Promise<string> {
    const write = async (): Promise<string> => {
      const origin = template ?? (await this.shop());
      await this.administer(`CREATE DATABASE ${name} TEMPLATE ${origin} STRATEGY FILE_COPY`);
      await onDatabase(this.urlOf(name), seed);
      return name;
    };
    return this.once(name, write);
  }

  /** The application, on this database, listening. */
  async application(database: BenchDatabase, role: 'all' | 'web' = 'web'): Promise<Server> {
    const place = await this.place(database);
    const environment = applicationEnvironment(place, role);
    const origin = `http://127.0.0.1:${place.port}`;
    return {
      origin,
      program: await this.start('application', APPLICATION, environment, `${origin}/health/live`),
    };
  }

  /** The bare program that does the same on this database, listening. */
  async limit(database: BenchDatabase): Promise<Server> {
    const place = await this.place(database);
    const origin = `http://127.0.0.1:${place.port}`;
    const environment = limitEnvironment(place);
    return { origin, program: await this.start('limit', LIMIT, environment, `${origin}/`) };
  }

  /** The application as it sends and ticks, and answers nobody: nothing says when it is ready. */
  async worker(database: BenchDatabase): Promise<ChildProgram> {
    const environment = applicationEnvironment(await this.place(database), 'worker');
    return this.keep(ChildProgram.start('worker', APPLICATION, environment, this.folder));
  }

  /** A program that empties a queue of this database, likewise. */
  async drain(name: string, script: URL, database: BenchDatabase): Promise<ChildProgram> {
    const environment = limitEnvironment(await this.place(database));
    return this.keep(ChildProgram.start(name, script, environment, this.folder));
  }

  async stop(program: ChildProgram): Promise<void> {
    this.programs.delete(program);
    await program.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.programs].map((program) => program.stop()));
    await Promise.all([...this.databases].map(({ session }) => session.end()));
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }

  private shop(): Promise<string> {
    return this.once('shop', async () => {
      await this.administer('CREATE DATABASE shop');
      const url = this.urlOf('shop');
      const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
      await runMigrations(dataSource);
      await dataSource.destroy();
      await onDatabase(url, seedProducts);
      return 'shop';
    });
  }

  private once(name: string, write: () => Promise<string>): Promise<string> {
    const known = this.templates.get(name) ?? write();
    this.templates.set(name, known);
    return known;
  }

  private urlOf(database: string): string {
    return Object.assign(new URL(this.postgres.url), { pathname: `/${database}` }).href;
  }

  private async administer(statement: string): Promise<void> {
    await onDatabase(this.postgres.url, (session) => session.query(statement));
  }

  private async place(database: BenchDatabase): Promise<Place> {
    return { port: await freePort(), databaseUrl: database.url, providersUrl: this.providersUrl };
  }

  private async start(
    name: string,
    script: URL,
    environment: Environment,
    url: string,
  ): Promise<ChildProgram> {
    const program = this.keep(ChildProgram.start(name, script, environment, this.folder));
    return program.ready(answers(url));
  }

  private keep(program: ChildProgram): ChildProgram {
    this.programs.add(program);
    return program;
  }
}

async function onDatabase<T>(url: string, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString: url });
  await session.connect();
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

const inspect = (url: string): Promise<{ pid: number; version: string }> =>
  onDatabase(url, async (session) => {
    const { rows } = await session.query<{ first: string; version: string }>(
      `SELECT pg_read_file('postmaster.pid') AS first, current_setting('server_version') AS version`,
    );
    return { pid: Number(rows[0]!.first.split('\n', 1)[0]), version: rows[0]!.version };
  });
