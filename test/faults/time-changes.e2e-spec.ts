import { CronJob } from 'cron';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { REMINDER_JOB } from '../../src/reminders/reminder.service.js';
import { type DatabaseClock, installDatabaseClock } from '../support/database-clock.js';
import { placeOrder } from '../support/factories.js';
import { insertWaitingOrders, tickReminders } from '../support/reminders.js';
import { TestApp } from '../support/test-app.js';

const HOUR_MS = 3_600_000;

let base: TestApp;
let clock: DatabaseClock;
/** Its database speaks the time of Paris, and so does its shop. */
let paris: TestApp;
/** As a worker of this configuration sets it. */
let hourly: Timer;

interface Timer {
  readonly source: string;
  readonly timeZone: string;
}

beforeAll(async () => {
  base = await TestApp.start();
  clock = await installDatabaseClock(base);
  const name = new URL(base.database.url).pathname.slice(1);
  await base.sql(`ALTER DATABASE "${name}" SET TimeZone = 'Europe/Paris'`);
  const env = { SHOP_TIME_ZONE: 'Europe/Paris' };
  paris = await TestApp.start({ beside: base, env });
  const worker = await TestApp.start({ beside: base, env: { ...env, PROCESS_ROLE: 'worker' } });
  const { cronTime } = worker.app.get(SchedulerRegistry).getCronJob(REMINDER_JOB);
  hourly = { source: String(cronTime.source), timeZone: cronTime.timeZone! };
  await worker.stop();
});
afterEach(async () => {
  vi.useRealTimers();
  await clock.reset();
});
afterAll(async () => {
  await paris.stop();
  await base.stop();
});

/** Lets the timer run through these hours, waiting as it really does; the instants at which it fired. */
function runs(timer: Timer, from: string, hours: number): string[] {
  vi.useFakeTimers({ now: new Date(from), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  const fired: string[] = [];
  const job = CronJob.from({
    cronTime: timer.source,
    timeZone: timer.timeZone,
    onTick: () => void fired.push(new Date().toISOString()),
    start: true,
  });
  vi.advanceTimersByTime(hours * HOUR_MS);
  void job.stop();
  vi.useRealTimers();
  return fired;
}

const PARIS = new Intl.DateTimeFormat('sv', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'short',
});
const local = (instants: readonly string[]): string[] =>
  instants.map((instant) => PARIS.format(new Date(instant)));

/** So many full hours, the first one given. */
const hoursFrom = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_none, hour) =>
    new Date(Date.parse(first) + hour * HOUR_MS).toISOString(),
  );

describe('C5 the timer in the time of Paris', () => {
  it.each([
    ['the hour that comes twice', '2026-10-24T21:30:00Z', '2026-10-24T22:00:00Z', 26],
    ['the hour that is missing', '2027-03-27T22:30:00Z', '2027-03-27T23:00:00Z', 24],
    ['a 29 February', '2028-02-28T22:30:00Z', '2028-02-28T23:00:00Z', 25],
    ['the end of the year', '2026-12-31T21:30:00Z', '2026-12-31T22:00:00Z', 4],
  ])('runs once in every hour that passes (%s)', (_what, from, first, count) => {
    expect(runs(hourly, from, count)).toEqual(hoursFrom(first, count));
  });

  it.each([
    [
      '30 2 * * *',
      '2026-10-23T12:00:00Z',
      // The first of the two half past twos.
      ['2026-10-24 02:30', '2026-10-25 02:30', '2026-10-26 02:30', '2026-10-27 02:30'],
    ],
    [
      '30 2 * * *',
      '2027-03-26T12:00:00Z',
      // There is no half past two: the moment at which the clocks go forward stands for it.
      ['2027-03-27 02:30', '2027-03-28 03:00', '2027-03-29 02:30', '2027-03-30 02:30'],
    ],
    [
      '30 9 * * *',
      '2028-02-27T12:00:00Z',
      ['2028-02-28 09:30', '2028-02-29 09:30', '2028-03-01 09:30', '2028-03-02 09:30'],
    ],
    [
      '59 23 * * *',
      '2026-12-30T12:00:00Z',
      ['2026-12-30 23:59', '2026-12-31 23:59', '2027-01-01 23:59', '2027-01-02 23:59'],
    ],
  ])('runs once a day at %s, from %s on', (source, from, expected) => {
    expect(local(runs({ ...hourly, source }, from, 96))).toEqual(expected);
  });

  it('runs the same without a change in Guadeloupe, where the clocks stay', () => {
    const { timeZone } = base.config.shop;
    expect(timeZone).toBe('America/Guadeloupe');
    const timer = { source: '30 2 * * *', timeZone };
    expect(runs(timer, '2026-10-24T12:00:00Z', 48)).toEqual([
      '2026-10-25T06:30:00.000Z',
      '2026-10-26T06:30:00.000Z',
    ]);
  });
});

describe('C5 the age of an order', () => {
  /** The database's clock stands at this instant. */
  const standAt = (instant: string) => clock.jump((Date.parse(instant) - Date.now()) / 1_000);

  it.each([
    ['over the hour that comes twice', '2026-10-25T00:45:00Z'],
    ['over the hour that is missing', '2027-03-28T00:45:00Z'],
    ['over a 29 February', '2028-02-28T23:30:00Z'],
    ['over the end of the year', '2026-12-31T22:30:00Z'],
  ])('is counted in real minutes (%s)', async (_what, bornAt) => {
    const [id] = await insertWaitingOrders(paris, 1, 0);
    await paris.sql(
      `WITH o AS (UPDATE orders SET created_at = $2 WHERE id = $1)
       UPDATE checkout_sessions SET expires_at = $2::timestamptz + interval '1435 minutes'
        WHERE order_id = $1`,
      [id, bornAt],
    );
    const after = (minutes: number) =>
      standAt(new Date(Date.parse(bornAt) + minutes * 60_000).toISOString());
    await after(59.5);
    expect(await tickReminders(paris)).toBe(0);
    await clock.reset();
    await after(60.5);
    expect(await tickReminders(paris)).toBe(1);
    // The link lives 23 hours and 55 minutes, not until the same time of the next day.
    for (const [minutes, due] of [
      [1_434.5, 1],
      [1_435.5, 0],
    ] as const) {
      await paris.sql(`UPDATE orders SET reminder_sent = false WHERE id = $1`, [id]);
      await paris.sql(`DELETE FROM reminder_steps WHERE order_id = $1`, [id]);
      await clock.reset();
      await after(minutes);
      expect(await tickReminders(paris)).toBe(due);
    }
  });

  it('is stored as an instant: every time in the database carries its zone', async () => {
    const columns = await base.sql<{ column: string }>(
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
        WHERE table_schema = 'public'
          AND data_type IN ('timestamp without time zone', 'date', 'time without time zone',
                            'time with time zone')`,
    );
    expect(columns).toEqual([]);
  });

  it('is told in UTC, whatever zone the database and the shop speak', async () => {
    const before = Date.now();
    const order = await placeOrder(paris);
    expect(order.createdAt).toMatch(/Z$/);
    expect(Math.abs(Date.parse(String(order.createdAt)) - before)).toBeLessThan(30_000);
    const client = new Client({ connectionString: base.database.url });
    await client.connect();
    const { rows } = await client.query<{ zone: string; at: Date }>(
      `SELECT current_setting('TimeZone') AS zone, created_at AS at FROM orders WHERE id = $1`,
      [order.id],
    );
    await client.end();
    expect(rows).toEqual([{ zone: 'Europe/Paris', at: new Date(String(order.createdAt)) }]);
  });
});
