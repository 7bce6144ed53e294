import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppConfig } from '../../src/config/app-config.js';
import { freePort } from './free-port.js';
import { projectRoot } from './project-root.js';

const ROOT = projectRoot();
const READY_MS = 45_000;
/** What the build compiles, and the fail-points. */
const PROJECT = 'test/support/tsconfig.fail-points.json';
const FAIL_POINTS = './dist/test/support/fail-points.js';

/** The application as `npm start` runs it, and beside it the fail-points, compiled into a folder of its own. */
export interface CompiledApplication {
  readonly folder: string;
  remove(): Promise<void>;
}

/** `project`: the tsconfig of another selection of files, below the root. */
export async function compileApplication(project = PROJECT): Promise<CompiledApplication> {
  const folder = await mkdtemp(join(tmpdir(), 'garageconnect-dist-'));
  const tsc = join(ROOT, 'node_modules/typescript7/bin/tsc');
  const output = ['--outDir', join(folder, 'dist'), '--tsBuildInfoFile', join(folder, 'info')];
  const compiler = spawn(process.execPath, [tsc, '-p', project, ...output], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  compiler.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  await once(compiler, 'close');
  // Types are checked by `npm run types`; what matters here is that there is something to run.
  if (!existsSync(join(folder, 'dist/src/main.js'))) {
    throw new Error(`The application does not compile:\n${Buffer.concat(said).toString()}`);
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of the application. */
export interface AppProcess {
  readonly pid: number;
  /** Where it listens, if its role does. */
  readonly url: string;
  /** Resolves when it has ended and everything it said has been read. */
  readonly ended: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /** Its log so far, parsed; throws for a line that is not JSON. */
  logs(): Record<string, unknown>[];
  /** Waits until it says that it listens, or works. */
  ready(): Promise<AppProcess>;
  /** Idempotent; answers how it ended. */
  end(signal?: NodeJS.Signals): Promise<Exit>;
}

/** With a `FAILPOINT` in its environment (see `fail-points.ts`) it fails there. */
export async function spawnApplication(
  { folder }: CompiledApplication,
  env: NodeJS.ProcessEnv,
): Promise<AppProcess> {
  const port = await freePort();
  const failPoints = env['FAILPOINT'] ? ['--import', FAIL_POINTS] : [];
  const args = [
    '--enable-source-maps',
    '--max-semi-space-size=8',
    '--heap-growing-percent=40',
    ...failPoints,
    'dist/src/main.js',
  ];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port), STRIPE_SUPPRESS_NOTICES: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  const logs = (): Record<string, unknown>[] => {
    const text = textOf(stdout);
    // The last line may still be on its way.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as never);
  };
  const started: AppProcess = {
    pid: child.pid!,
    url: `http://127.0.0.1:${port}`,
    ended,
    stdout: () => textOf(stdout),
    stderr: () => textOf(stderr),
    logs,
    ready: async () => {
      const deadline = Date.now() + READY_MS;
      while (!logs().some(({ event }) => event === 'listening')) {
        if (!running()) throw new Error(`The application has ended:\n${textOf(stderr)}`);
        if (Date.now() > deadline) throw new Error('The application does not become ready');
        await pause(25);
      }
      return started;
    },
    end: async (signal = 'SIGTERM') => {
      if (running()) child.kill(signal);
      return ended;
    },
  };
  return started;
}

/** The variables of a process beside `app`: the same database, providers, keys and public URL. */
export function environmentBeside({ config }: { readonly config: AppConfig }): NodeJS.ProcessEnv {
  const { stripe, twilio, access, mail, database, http } = config;
  return {
    NODE_ENV: 'test',
    TZ: 'UTC',
    LOG_LEVEL: 'debug',
    APP_URL: http.appUrl,
    DATABASE_URL: database.url!,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecrets.join(),
    STRIPE_API_BASE_URL: stripe.apiBaseUrl!,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_WHATSAPP_FROM: twilio.whatsappFrom,
    TWILIO_API_BASE_URL: twilio.apiBaseUrl!,
    SMTP_URL: mail.smtpUrl!,
    MAIL_FROM: mail.from,
    CRON_SECRET: access.cronSecret,
    API_KEYS_ADMIN: access.adminKeys.join(),
    API_KEYS_SHOP: access.shopKeys.join(),
    API_KEYS_COUNTER: access.counterKeys.join(),
  };
}
