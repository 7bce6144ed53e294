import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderBody } from '../support/factories.js';
import { bearer, sendRaw } from '../support/raw-http.js';
import { TestApp } from '../support/test-app.js';

/** The server gives up after 10 and 20 s and looks every 2 s; the rest is for a machine under load. */
const HEADERS_GIVEN_UP_MS = 30_000;
const REQUEST_GIVEN_UP_MS = 45_000;
const IDLE = 1_000;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Ended {
  readonly afterMs: number;
  readonly said: string;
}

/** Talks slowly and waits for the server to hang up. */
async function drip(first: string, drop: string): Promise<Ended> {
  const { socket, ended } = open(first);
  const dripping = setInterval(() => socket.writable && socket.write(drop), 250);
  try {
    return await ended;
  } finally {
    clearInterval(dripping);
    socket.destroy();
  }
}

function open(first: string): { socket: Socket; ended: Promise<Ended> } {
  const { hostname, port } = new URL(app.url);
  const began = performance.now();
  const chunks: Buffer[] = [];
  const socket = connect({ host: hostname, port: Number(port) });
  if (first !== '') socket.write(first);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const ended = once(socket, 'close').then(() => ({
    afterMs: performance.now() - began,
    said: Buffer.concat(chunks).toString('utf8'),
  }));
  return { socket, ended };
}

const others = () => sendRaw(app, '/api/products', { headers: bearer(app, 'shop') });

describe.concurrent('S23 a client that is slow on purpose', { timeout: 90_000 }, () => {
  it('cannot hold the door with a thousand idle connections', async () => {
    const idle = Array.from({ length: IDLE }, () => open(''));
    await Promise.all(idle.map(async ({ socket }) => socket.connecting && once(socket, 'connect')));
    const served = Promise.all(Array.from({ length: 20 }, others));
    expect((await served).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
    const ends = await Promise.all(idle.map(({ ended }) => ended));
    expect(Math.max(...ends.map(({ afterMs }) => afterMs))).toBeLessThan(HEADERS_GIVEN_UP_MS);
  });

  it('is cut off while it spells its headers', async () => {
    const cut = drip('GET /api/config HTTP/1.1\r\nHost: shop.test\r\nX-Slow: ', 'x');
    await pause(3_000);
    expect((await others()).status).toBe(200);
    const { afterMs, said } = await cut;
    expect(afterMs).toBeLessThan(HEADERS_GIVEN_UP_MS);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(said).toContain('"code":"request_timeout"');
    expect(said).toContain('connection: close');
  });

  it('is cut off while it spells its body, and has done nothing', async () => {
    const body = JSON.stringify(await orderBody(app));
    const head =
      `POST /api/orders HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\n` +
      `Authorization: ${bearer(app, 'shop').authorization}\r\nContent-Length: ${body.length + 100_000}\r\n\r\n`;
    const cut = drip(head + body, ' ');
    await pause(3_000);
    expect((await others()).status).toBe(200);
    const { afterMs, said } = await cut;
    expect(afterMs).toBeLessThan(REQUEST_GIVEN_UP_MS);
    expect(said).not.toMatch(/^HTTP\/1\.1 2/);
    expect(await app.sql(`SELECT FROM orders`)).toEqual([]);
  });
});

const hasTool = spawnSync('slowhttptest', ['-h']).error === undefined;

describe.runIf(hasTool).concurrent('S23 slowhttptest', { timeout: 120_000 }, () => {
  it.each([
    ['slow headers', ['-H']],
    ['slow bodies', ['-B']],
    ['slow reading', ['-X']],
  ])('with 300 connections of %s leaves the service available', async (_what, mode) => {
    const args = [...mode, '-c', '300', '-r', '150', '-i', '2', '-l', '8', '-u'];
    const attack = spawn('slowhttptest', [...args, `${app.url}/payment/cancel`], {
      stdio: 'ignore',
    });
    const ended = once(attack, 'exit');
    await pause(4_000);
    expect((await others()).status).toBe(200);
    await ended;
    expect((await others()).status).toBe(200);
  });
});
