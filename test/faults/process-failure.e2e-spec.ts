import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppProcess } from '../support/app-process.js';
import { placeOrder } from '../support/factories.js';
import { SECRET_OF_FAILURE } from '../support/fail-points.js';
import { outboxRow, titlesTo, TITLE } from '../support/outbox.js';
import { PATIENTLY } from '../support/patience.js';
import { Processes } from '../support/processes.js';

let processes: Processes;
beforeAll(async () => {
  processes = await Processes.start();
}, 120_000);
afterEach(() => processes.end());
afterAll(() => processes.stop());

const eventsOf = (one: AppProcess): unknown[] => one.logs().map(({ event }) => event);

describe('K17 an error that nobody catches', { timeout: 90_000 }, () => {
  it.each([
    ['a promise that is rejected', 'in_a_timer:2:reject', 'unhandledRejection'],
    ['a throw in a listener', 'in_a_timer:2:throw', 'uncaughtException'],
  ])('%s is one fatal line without data, and the end with 1', async (_what, at, origin) => {
    const { app } = processes;
    const failing = await processes.ready({ PROCESS_ROLE: 'all', FAILPOINT: at });
    expect(await failing.ended).toEqual({ code: 1, signal: null });

    const fatal = failing.logs().filter(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject([
      { event: 'fatal', origin, error: { name: 'TypeError', stack: expect.stringMatching(/at /) } },
    ]);
    expect(failing.stdout() + failing.stderr()).not.toContain(SECRET_OF_FAILURE);
    // It did not just die: what it had started was stopped in its order.
    expect(eventsOf(failing).at(-1)).toBe('stopped');
    await expect(fetch(`${failing.url}/health/live`)).rejects.toThrow('fetch failed');

    // As the supervisor does.
    const order = await placeOrder(app);
    const next = await processes.ready({ PROCESS_ROLE: 'all' });
    await vi.waitFor(async () => {
      expect((await outboxRow(app, order.id, 'order_confirmation')).status).toBe('sent');
    }, PATIENTLY);
    expect(titlesTo(app, order)).toEqual([TITLE.confirmation]);
    expect(await next.end()).toEqual({ code: 0, signal: null });
  });
});
