import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDemo } from '../src/sandbox/demo/run-demo.js';
import { type CompiledApplication, compileApplication } from './support/app-process.js';
import { SandboxShop, TYRE } from './support/sandbox-shop.js';

describe('the three stories of the demo', () => {
  let shop: SandboxShop;
  const printed: string[] = [];

  beforeAll(async () => {
    shop = await SandboxShop.start();
  });
  afterAll(() => shop.remove());

  it('end as they must', { timeout: 60_000 }, async () => {
    await runDemo(shop.url, (line) => printed.push(line));
    const ends = await shop.sql(
      `SELECT status, payment_status, reminder_sent FROM orders ORDER BY order_number`,
    );
    expect(ends).toEqual([
      { status: 'picked_up', payment_status: 'paid', reminder_sent: false },
      { status: 'confirmed', payment_status: 'paid', reminder_sent: true },
      { status: 'cancelled', payment_status: 'failed', reminder_sent: false },
    ]);
  });

  it('print every message once, as the customer got it', async () => {
    const output = printed.join('\n');
    const titles = ['COMMANDE ENREGISTRÉE', 'MERCI POUR VOTRE COMMANDE', 'FINALISEZ', 'EXPIRÉ'];
    const counts = titles.map((title) => output.split(title).length - 1);
    // Confirmed and thanked by e-mail and WhatsApp; three orders, two of them paid.
    expect(counts).toEqual([6, 4, 1, 1]);
    const { phone } = await shop.state('+596696234567');
    for (const { text: message } of phone.messages) {
      expect(output).toContain(message.split('\n').join('\n    │ ').replaceAll(/ +$/gm, ''));
    }
  });

  it('show no phone number and no address in full beside the messages', () => {
    const titles = printed.flatMap((block) => block.split('\n')).filter((line) => /┌─/.test(line));
    expect(titles).toContain('    ┌─ WhatsApp to +590 ••• 56');
    expect(titles.join('\n')).not.toMatch(/\+59\d{7,}|aline@|benoit@|chantal@/);
  });

  it('fail with a line that says what was wrong', async () => {
    await shop.sql(`UPDATE products SET stock = 1 WHERE sku = $1`, [TYRE]);
    await expect(runDemo(shop.url, () => undefined)).rejects.toThrow(
      /^POST \/api\/orders answered 409 instead of 201: .*insufficient_stock/,
    );
  });
});

describe('the demo as a program', () => {
  let compiled: CompiledApplication;
  let temporary: string;

  beforeAll(async () => {
    compiled = await compileApplication();
    temporary = await mkdtemp(join(tmpdir(), 'garageconnect-demo-home-'));
  });
  afterAll(async () => {
    await compiled.remove();
    await rm(temporary, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, ['dist/src/sandbox/demo/main.js'], {
      cwd: compiled.folder,
      env: { PATH: process.env['PATH'], TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it(
    'exits 0, whatever the settings around it, and leaves nothing behind',
    { timeout: 90_000 },
    async () => {
      const child = start({
        NODE_ENV: 'production',
        DATABASE_URL: 'postgres://nowhere',
        PORT: '1',
      });
      const [output, errors, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toMatch(/All three orders ended as they must, in \d+\.\d s\.\n$/);
      expect(output).not.toContain('"level"');
      expect(await readdir(temporary)).toEqual([]);
    },
  );

  it.each([
    ['is interrupted', (child: ChildProcess) => child.kill('SIGINT'), 130],
    ['loses its reader', (child: ChildProcess) => child.stdout?.destroy(), 1],
  ])('leaves nothing behind when it %s', { timeout: 60_000 }, async (_how, end, exitCode) => {
    const child = start({});
    const exited = once(child, 'exit');
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => String(chunk).includes('placed') && resolve());
    });
    end(child);
    expect((await exited)[0]).toBe(exitCode);
    expect(await readdir(temporary)).toEqual([]);
  });
});
