import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoubleServer, hold, SnapshotKeeper } from './double-server.js';

describe('DoubleServer', () => {
  let server: DoubleServer;
  let worked: number;

  const post = (path = '/work', signal?: AbortSignal): Promise<Response> =>
    fetch(server.url + path, { method: 'POST', body: new URLSearchParams({ a: '1' }), signal });

  beforeEach(async () => {
    worked = 0;
    server = new DoubleServer((body) => Object.fromEntries(new URLSearchParams(body)));
    server.app.post('/work', async (request) => {
      await hold(request);
      worked += 1;
      return { done: 'a fairly long answer that can be cut in two' };
    });
    await server.listen(0);
  });

  afterEach(() => server.stop());

  it('records what arrived, parsed', async () => {
    await post('/work?b=2');
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/work', query: { b: '2' }, body: { a: '1' } },
    ]);
  });

  it('answers a scripted status once, then works again', async () => {
    server.faults.add({ path: /work$/, kind: 'status', status: 503, body: { message: 'no' } });
    const refused = await post();
    expect([refused.status, await refused.json(), worked]).toEqual([503, { message: 'no' }, 0]);
    expect((await post()).status).toBe(200);
  });

  it('leaves other methods and paths alone', async () => {
    server.faults.add({ method: 'GET', kind: 'status', status: 500 });
    server.faults.add({ path: /elsewhere/, kind: 'status', status: 500 });
    expect((await post()).status).toBe(200);
    expect(server.faults.pending).toBe(2);
  });

  it.each([
    [{ body: '<h1>Bad gateway</h1>' }, 'text/html', '<h1>Bad gateway</h1>'],
    [{ body: undefined }, 'application/json', ''],
    [
      { body: { error: { type: 'api_error' } } },
      'application/json',
      '{"error":{"type":"api_error"}}',
    ],
  ])('sends %j as %s', async ({ body }, type, text) => {
    server.faults.add({ kind: 'status', status: 502, body, headers: { 'x-extra': 'yes' } });
    const answer = await post();
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('x-extra')).toBe('yes');
    expect(await answer.text()).toBe(text);
  });

  it('does the work before an accepted status', async () => {
    server.faults.add({ kind: 'status', status: 201, body: '', accepted: true });
    const answer = await post();
    expect([answer.status, await answer.text(), worked]).toEqual([201, '', 1]);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('hangs for ever, work accepted: %s', async (accepted, expected) => {
    server.faults.add({ kind: 'hang', accepted });
    await expect(post('/work', AbortSignal.timeout(150))).rejects.toThrow(/timeout/i);
    expect(worked).toBe(expected);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('resets the connection, work accepted: %s', async (accepted, expected) => {
    server.faults.add({ kind: 'reset', accepted });
    const failure = await post().catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(worked).toBe(expected);
  });

  it('cuts the answer in the middle after the work', async () => {
    server.faults.add({ kind: 'truncate' });
    const answer = await post();
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(worked).toBe(1);
  });

  it('works after a delay, even when the caller has left', async () => {
    server.faults.add({ kind: 'delay', ms: 120 });
    await expect(post('/work', AbortSignal.timeout(40))).rejects.toThrow();
    expect(worked).toBe(0);
    await expect.poll(() => worked).toBe(1);
  });

  it('refuses connections while down and answers on the same port afterwards', async () => {
    const { url } = server;
    await server.down();
    await expect(post()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await server.up();
    expect(server.url).toBe(url);
    expect((await post()).status).toBe(200);
  });

  it('stops at once while a request hangs', async () => {
    server.faults.add({ kind: 'hang' });
    const hanging = post().catch((error: unknown) => error);
    await expect.poll(() => server.requests.length).toBe(1);
    const start = performance.now();
    await server.stop();
    expect(performance.now() - start).toBeLessThan(500);
    await hanging;
  });
});

describe('SnapshotKeeper', () => {
  it('saves the first change at once and the last one always', async () => {
    const saved: unknown[] = [];
    let state = 0;
    const keeper = new SnapshotKeeper(
      { load: () => null, save: (value) => saved.push(value) },
      () => state,
    );
    state = 1;
    keeper.changed();
    await expect.poll(() => saved).toEqual([1]);
    state = 2;
    keeper.changed();
    state = 3;
    keeper.changed();
    keeper.flush();
    expect(saved).toEqual([1, 3]);
    keeper.flush();
    expect(saved).toEqual([1, 3]);
  });
});
