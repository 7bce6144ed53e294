import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions, ENTITIES } from '../../src/database/data-source-options.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { maintain, urlOfDatabase } from '../support/database-maintenance.js';
import { prepareDatabaseClock } from './virtual-clock.js';

export const STOCK: Readonly<Record<string, number>> = { 'TYRE-A': 4, 'TYRE-B': 6, 'BRAKE-C': 9 };
const UNIT_AMOUNTS: Readonly<Record<string, number>> = {
  'TYRE-A': 12_995,
  'TYRE-B': 8_450,
  'BRAKE-C': 3_990,
};

/** One migrated database whose `now()` is the simulation's; emptied for each seed. */
export class SimulationDatabase {
  private constructor(
    readonly url: string,
    /** Nobody else's connection: it lives through every kill. */
    readonly client: Client,
    private readonly tables: readonly string[],
    private readonly drop: () => Promise<void>,
  ) {}

  static async create(serverUrl: string): Promise<SimulationDatabase> {
    const name = `simulation_${process.pid}_${randomBytes(3).toString('hex')}`;
    await maintain(serverUrl, `CREATE DATABASE ${name}`);
    const url = urlOfDatabase(serverUrl, name);
    const setUp = new Client({ connectionString: url });
    await setUp.connect();
    await prepareDatabaseClock(setUp, name);
    await setUp.end();
    const tables = await migrate(url);
    const client = new Client({ connectionString: url });
    await client.connect();
    for (const table of tables) {
      await client.query(`CREATE TABLE simulation.new_${table} AS TABLE ${table}`);
    }
    return new SimulationDatabase(url, client, tables, async () => {
      await client.end();
      await maintain(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  }

  /** Every table as the migrations left it, numbers from one again, the shelves full. */
  async reset(): Promise<void> {
    await this.client.query(
      `TRUNCATE ${this.tables.join(', ')} RESTART IDENTITY CASCADE;
       ALTER SEQUENCE order_number_seq RESTART;
       ${this.tables.map((table) => `INSERT INTO ${table} TABLE simulation.new_${table}`).join(';')}`,
    );
    await this.client.query(
      `INSERT INTO products (sku, brand, model, unit_amount, currency, stock)
       SELECT sku, 'Michelin', sku, unit_amount, 'eur', stock
         FROM unnest($1::text[], $2::int[], $3::int[]) AS p (sku, unit_amount, stock)`,
      [
        Object.keys(STOCK),
        Object.keys(STOCK).map((sku) => UNIT_AMOUNTS[sku]),
        Object.values(STOCK),
      ],
    );
  }

  async remove(): Promise<void> {
    await this.drop();
  }
}

async function migrate(url: string): Promise<string[]> {
  const dataSource = new DataSource(dataSourceOptions(url, 1));
  await dataSource.initialize();
  try {
    await runMigrations(dataSource);
    return ENTITIES.map((entity) => dataSource.getMetadata(entity).tableName);
  } finally {
    await dataSource.destroy();
  }
}
