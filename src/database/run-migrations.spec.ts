import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { runMigrations } from './run-migrations.js';

let losesConnection = false;

class MakeGarages1700000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE garages (id integer)');
  }
  async down(): Promise<void> {}
}

class FillGarages1700000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('INSERT INTO garages VALUES (1)');
    if (losesConnection) await queryRunner.query('SELECT pg_terminate_backend(pg_backend_pid())');
  }
  async down(): Promise<void> {}
}

let database: TestDatabase;
const dataSources: DataSource[] = [];

async function connect(): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 1,
    migrations: [MakeGarages1700000000001, FillGarages1700000000002],
    migrationsTableName: 'spec_migrations',
    extra: { statement_timeout: 15_000 },
    // A connection that the server ends is what one of the tests is about.
    poolErrorHandler: () => undefined,
  });
  dataSources.push(await dataSource.initialize());
  return dataSource;
}

beforeEach(async () => {
  losesConnection = false;
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const dataSource of dataSources.splice(0)) await dataSource.destroy();
  await database.drop();
});

describe('runMigrations', () => {
  it('applies each migration once when several processes start at the same moment', async () => {
    const processes = await Promise.all([connect(), connect(), connect(), connect()]);
    const applied = await Promise.all(processes.map(runMigrations));
    expect(applied.flat()).toEqual(['MakeGarages1700000000001', 'FillGarages1700000000002']);
    expect(await processes[0]?.query('SELECT id FROM garages')).toEqual([{ id: 1 }]);
  });

  it('keeps whole migrations only when the connection dies, and goes on from there', async () => {
    losesConnection = true;
    // TypeORM prints every migration that fails.
    vi.spyOn(console, 'log').mockReturnValue();
    await expect(runMigrations(await connect())).rejects.toThrow();
    losesConnection = false;
    const next = await connect();
    expect(await runMigrations(next)).toEqual(['FillGarages1700000000002']);
    expect(await next.query('SELECT id FROM garages')).toEqual([{ id: 1 }]);
  });

  it('gives the connection back as it was', async () => {
    const dataSource = await connect();
    await runMigrations(dataSource);
    expect(await dataSource.query('SHOW statement_timeout')).toEqual([
      { statement_timeout: '15s' },
    ]);
    expect(
      await dataSource.query(`SELECT count(*)::int AS locks FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`),
    ).toEqual([{ locks: 0 }]);
  });
});
