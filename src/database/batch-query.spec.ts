import { DataSource, type EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.js';
import { dataSourceOptions } from './data-source-options.js';
import { inOneGo } from './transaction.js';

let database: TestDatabase;
let line: TcpProxy;
let dataSource: DataSource;

beforeEach(async () => {
  database = await createTestDatabase();
  line = await TcpProxy.to(database.url);
  dataSource = await new DataSource(
    dataSourceOptions(line.through(database.url), 1, null, { preparesStatements: true }),
  ).initialize();
  await dataSource.query('CREATE TABLE notes (n int PRIMARY KEY)');
});
afterEach(async () => {
  await dataSource.destroy();
  await line.cut();
  await database.drop();
});

const INSERT = 'INSERT INTO notes (n) VALUES ($1)';
const write = (manager: Pick<EntityManager, 'query'>, n: number) => manager.query(INSERT, [n]);
const notes = async () =>
  (await dataSource.query<{ n: number }[]>('SELECT n FROM notes ORDER BY n')).map(({ n }) => n);
/** What of the connection is seen by the server: a transaction is open, or not. */
const inTransactionNow = (manager: Pick<EntityManager, 'query'>) =>
  manager.query<{ open: boolean }[]>('SELECT now() < statement_timestamp() AS open');

describe('the first statement of a transaction', () => {
  it('opens it, is part of it and answers its own rows, prepared or not', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const rows = await dataSource.transaction(async (manager) => {
        const answer = await manager.query<object[]>('SELECT $1::int AS n, $2 AS word', [
          turn,
          'tyre',
        ]);
        await write(manager, turn);
        return answer;
      });
      expect(rows).toEqual([{ n: turn, word: 'tyre' }]);
    }
    expect(await notes()).toEqual([0, 1, 2]);
    const [row] = await dataSource.query<{ statements: number }[]>(
      'SELECT count(*)::int AS statements FROM pg_prepared_statements',
    );
    expect(row).toEqual({ statements: 2 });
  });

  it('is rolled back with the rest', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const work = dataSource.transaction(async (manager) => {
        await write(manager, turn);
        throw new Error('changed my mind');
      });
      await expect(work).rejects.toThrow('changed my mind');
    }
    expect(await notes()).toEqual([]);
  });

  it('that fails leaves nothing open, and what it was called is prepared the next time', async () => {
    await write(dataSource, 1);
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(dataSource.transaction((m) => write(m, 1))).rejects.toMatchObject({
        code: '23505',
      });
    }
    const late = 'INSERT INTO late_notes (n) VALUES ($1)';
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(dataSource.transaction((m) => m.query(late, [1]))).rejects.toMatchObject({
        code: '42P01',
      });
    }
    await dataSource.query('CREATE TABLE late_notes (n int)');
    await dataSource.transaction((m) => m.query(late, [1]));
    await write(dataSource, 2);
    expect(await notes()).toEqual([1, 2]);
  });

  it('may be several in one text, or of another kind', async () => {
    await dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO notes VALUES (1); INSERT INTO notes VALUES (2)');
    });
    const locked = dataSource.transaction(async (manager) => {
      await manager.query('LOCK TABLE notes');
      await write(manager, 3);
      throw new Error('changed my mind');
    });
    await expect(locked).rejects.toThrow('changed my mind');
    expect(await notes()).toEqual([1, 2]);
  });

  it('whose value cannot be sent rolls back', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (let turn = 0; turn < 3; turn += 1) {
      const work = dataSource.transaction((manager) => manager.query(INSERT, [circle]));
      await expect(work).rejects.toThrow('circular');
      await dataSource.transaction((manager) => write(manager, turn));
    }
    expect(await notes()).toEqual([0, 1, 2]);
  });

  it('may come from a transaction within', async () => {
    await dataSource.transaction(async (outer) => {
      const inner = outer.transaction(async (manager) => {
        await write(manager, 1);
        throw new Error('changed my mind');
      });
      await expect(inner).rejects.toThrow('changed my mind');
      await write(outer, 2);
    });
    expect(await notes()).toEqual([2]);
  });

  it('is not run when the transaction cannot be opened', async () => {
    const options = dataSourceOptions(database.url, 1);
    const transactionSettings = ["SET LOCAL statement_timeout = 'nonsense'"];
    Object.assign(options.extra as object, { transactionSettings });
    const pooled = await new DataSource(options).initialize();
    await expect(pooled.transaction((manager) => write(manager, 1))).rejects.toMatchObject({
      code: '22023',
    });
    await pooled.destroy();
    expect(await notes()).toEqual([]);
  });

  it('that is lost with its connection is an error, and the next transaction has another one', async () => {
    await write(dataSource, 1);
    line.reset();
    await expect(dataSource.transaction((manager) => write(manager, 2))).rejects.toThrow(
      /terminated|ECONNRESET/,
    );
    await dataSource.transaction((manager) => write(manager, 3));
    expect(await notes()).toEqual([1, 3]);
  });
});

describe('a transaction in which nothing was asked', () => {
  it.each(['commits', 'rolls back'])('%s without a word to the server', async (how) => {
    line.fallSilent();
    const nothing = dataSource.transaction(async () => {
      if (how === 'rolls back') throw new Error('changed my mind');
    });
    const said = await nothing.then(
      () => 'commits',
      () => 'rolls back',
    );
    expect(said).toBe(how);
    await line.mend();
    line.reset();
  });

  it('and that is given back unended opens nothing for whoever comes next', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.release();
    await dataSource.query('SELECT 1');
    expect(await inTransactionNow(dataSource)).toEqual([{ open: false }]);
    await write(dataSource, 1);
    line.reset();
    await dataSource.query('SELECT 1').catch(() => undefined);
    expect(await notes()).toEqual([1]);
  });
});

describe('statements that go together', () => {
  const NOTE = 'INSERT INTO notes (n) VALUES ($1) RETURNING n, now()::text AS at';
  const note = (n: unknown) => ({ text: NOTE, values: [n] });

  it('are one transaction and answer the rows of each, prepared or not', async () => {
    for (const n of [1, 3, 5]) {
      const [one, other] = await inOneGo(dataSource, [note(n), note(n + 1)]);
      const [{ at }] = one as [{ at: string }];
      expect([one, other]).toEqual([[{ n, at }], [{ n: n + 1, at }]]);
    }
    expect(await notes()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['the first', [note(1), note(2)]],
    ['the last', [note(2), note(1)]],
    ['a value', [note(2), note(['no', 'number'])]],
  ])('are none of them carried out when %s fails, and leave nothing open', async (_, given) => {
    await write(dataSource, 1);
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(inOneGo(dataSource, given)).rejects.toMatchObject({
        code: expect.stringMatching(/23505|22P02/) as string,
      });
      expect(await notes()).toEqual([1]);
    }
    await inOneGo(dataSource, [note(2), note(3)]);
    expect(await notes()).toEqual([1, 2, 3]);
  });

  it('are none of them carried out when the commit fails', async () => {
    await dataSource.query(
      'ALTER TABLE notes ADD next int REFERENCES notes DEFERRABLE INITIALLY DEFERRED',
    );
    const dangling = { text: 'INSERT INTO notes (n, next) VALUES ($1, 99)', values: [2] };
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(inOneGo(dataSource, [note(1), dangling])).rejects.toMatchObject({
        code: '23503',
      });
    }
    expect(await notes()).toEqual([]);
  });

  it('are none of them carried out when a value cannot be sent', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(inOneGo(dataSource, [note(1), note(circle)])).rejects.toThrow('circular');
      await inOneGo(dataSource, [note(turn + 10)]);
    }
    expect(await notes()).toEqual([10, 11, 12]);
  });

  it('are asked again as a whole when what was prepared is lost', async () => {
    for (const n of [1, 2]) await inOneGo(dataSource, [note(n)]);
    await dataSource.query('ALTER TABLE notes ALTER n TYPE bigint');
    await inOneGo(dataSource, [note(3)]);
    await dataSource.query('DEALLOCATE ALL');
    await inOneGo(dataSource, [note(4)]);
    expect((await notes()).map(Number)).toEqual([1, 2, 3, 4]);
  });

  it('do nothing to the connection of others when theirs is lost', async () => {
    line.cutAtCommit('is lost', { carrying: NOTE });
    await expect(inOneGo(dataSource, [note(1)])).rejects.toThrow(/terminated|ECONNRESET/);
    line.cutAtCommit('arrives', { carrying: NOTE });
    await expect(inOneGo(dataSource, [note(2)])).rejects.toThrow(/terminated|ECONNRESET/);
    expect(await notes()).toEqual([2]);
  });
});
