import { DataSource, EntitySchema } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';

const strategy = new SnakeNamingStrategy();

describe('SnakeNamingStrategy', () => {
  it.each([
    ['createdAt', 'created_at'],
    ['paymentURL', 'payment_url'],
    ['HTTPStatus', 'http_status'],
    ['line2Text', 'line2_text'],
    ['id', 'id'],
  ])('writes %s as %s', (property, column) => {
    expect(strategy.columnName(property, undefined, [])).toBe(column);
  });

  it('keeps names that were given, and prefixes embedded columns', () => {
    expect(strategy.tableName('OrderItem', 'lines')).toBe('lines');
    expect(strategy.tableName('OrderItem', undefined)).toBe('order_item');
    expect(strategy.columnName('unitAmount', undefined, ['listPrice'])).toBe(
      'list_price_unit_amount',
    );
    expect(strategy.joinColumnName('pickupPass', 'id')).toBe('pickup_pass_id');
  });

  it('refuses a name PostgreSQL would cut off', () => {
    const columns = ['a_rather_long_column_name', 'another_rather_long_column_name'];
    expect(() => strategy.indexName('checkout_sessions', columns)).toThrow(
      /too long for PostgreSQL/,
    );
  });
});

describe('a schema written by hand without naming its constraints', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    const garage = new EntitySchema<object>({
      name: 'garages',
      columns: {
        id: { type: 'integer', primary: true },
        zipCode: { type: 'text' },
        streetName: { type: 'text' },
      },
      uniques: [{ columns: ['zipCode', 'streetName'] }],
    });
    const bay = new EntitySchema<object>({
      name: 'bays',
      columns: {
        id: { type: 'integer', primary: true },
        garageId: { type: 'integer', foreignKey: { target: garage } },
        bookedAt: { type: 'timestamptz' },
      },
      indices: [{ columns: ['garageId', 'bookedAt'] }],
    });
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      schema: 'workshop',
      entities: [garage, bay],
      namingStrategy: strategy,
    });
    await dataSource.initialize();
    await dataSource.query(`CREATE SCHEMA workshop`);
    await dataSource.query(`CREATE TABLE workshop.garages (id integer PRIMARY KEY,
      zip_code text NOT NULL, street_name text NOT NULL, UNIQUE (zip_code, street_name))`);
    await dataSource.query(`CREATE TABLE workshop.bays (id integer PRIMARY KEY,
      garage_id integer NOT NULL REFERENCES workshop.garages, booked_at timestamptz NOT NULL)`);
    await dataSource.query(`CREATE INDEX ON workshop.bays (garage_id, booked_at)`);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('equals the entities: no drift', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
