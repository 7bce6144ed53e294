import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VARIABLE_NAMES } from '../../config/environment.js';
import { freePort } from '../providers/free-port.js';
import { DemoFailure } from './demo-failure.js';

const PROGRAM = fileURLToPath(new URL('../../main.js', import.meta.url));
const START_LIMIT_MS = 60_000;

/** The application as `npm start` runs it, in a folder of its own that goes with it. */
export class ApplicationProcess {
  private errors = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit');
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  /** With `verbose` its log goes to this process's output. Answers before it is ready: see `ready`. */
  static async spawn(verbose: boolean): Promise<ApplicationProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'garageconnect-demo-'));
    // For root, whose PostgreSQL may have to run as nobody: it must be able to pass through.
    await chmod(folder, 0o711);
    const port = await freePort();
    const child = spawn(process.execPath, [PROGRAM], {
      // Away from the project: no `.env` of its owner applies here, and no `.data` is touched.
      cwd: folder,
      env: {
        ...withoutSettings(process.env),
        PORT: String(port),
        DATA_DIR: join(folder, 'data'),
        LOG_LEVEL: verbose ? 'info' : 'silent',
      },
      stdio: ['ignore', verbose ? 'inherit' : 'ignore', 'pipe'],
    });
    return new ApplicationProcess(`http://localhost:${port}`, folder, child);
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (this.child.exitCode !== null) break;
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      if (answer?.ok) return;
      await pause(100);
    }
    throw new DemoFailure(`the application did not start: ${this.errors.trim()}`);
  }

  /** Ends the application and its PostgreSQL, and removes the folder. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await this.ended;
    }
    // A PostgreSQL that was just being made may still be writing for a moment.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }
}

/** The demo's own settings apply, never those of the shop whose machine it runs on. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !(VARIABLE_NAMES as readonly string[]).includes(name)),
  );
