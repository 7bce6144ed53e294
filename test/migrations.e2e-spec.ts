import { DataSource, EntitySchema } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions, ENTITIES } from '../src/database/data-source-options.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The statements TypeORM would need to make the database what the entities say. */
async function driftOf(entities: typeof ENTITIES | unknown[]): Promise<string[]> {
  const dataSource = new DataSource({
    ...dataSourceOptions(database.url, 2),
    entities: entities as typeof ENTITIES,
  });
  await dataSource.initialize();
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await dataSource.destroy();
  }
}

describe('the migrations', () => {
  it('make exactly the tables that the entities describe', async () => {
    expect(await driftOf(ENTITIES)).toEqual([]);
  });

  it('would be caught drifting', async () => {
    const forgotten = new EntitySchema({
      name: 'Forgotten',
      tableName: 'forgotten',
      columns: { id: { type: 'uuid', primary: true } },
    });
    const drift = await driftOf([...ENTITIES, forgotten]);
    expect(drift.join('\n')).toContain('CREATE TABLE "forgotten"');
  });

  it('can be undone and made again', async () => {
    const dataSource = new DataSource(dataSourceOptions(database.url, 2));
    await dataSource.initialize();
    try {
      for (const _migration of dataSource.migrations) await dataSource.undoLastMigration();
      const tables = `SELECT count(*)::int AS count FROM pg_tables
                       WHERE schemaname = 'public' AND tablename <> 'migrations'`;
      expect(await dataSource.query(tables)).toEqual([{ count: 0 }]);
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
    expect(await driftOf(ENTITIES)).toEqual([]);
  });
});
