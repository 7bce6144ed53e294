import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import {
  type AppProcess,
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from './app-process.js';
import type { FailPointSpec } from './fail-points.js';
import { TestApp } from './test-app.js';

/** Real processes of the application, beside one in this process whose database and providers they share. */
export class Processes {
  private started: AppProcess[] = [];

  private constructor(
    /** Answers HTTP and sends nothing by itself. */
    readonly app: TestApp,
    private readonly compiled: CompiledApplication,
  ) {}

  static async start(): Promise<Processes> {
    const [app, compiled] = await Promise.all([TestApp.start(), compileApplication()]);
    return new Processes(app, compiled);
  }

  async spawn(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const one = await spawnApplication(this.compiled, { ...environmentBeside(this.app), ...env });
    this.started.push(one);
    return one;
  }

  /** Resolves once it works. */
  async ready(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    return (await this.spawn(env)).ready();
  }

  /** One that kills itself at this step. */
  async doomed(at: FailPointSpec, env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    return this.ready({ ...env, FAILPOINT: at });
  }

  /** Ends every process, as after each test. */
  async end(): Promise<void> {
    const { stripe, twilio, mail } = this.app.doubles;
    for (const { faults } of [stripe, twilio, mail]) faults.clear();
    await Promise.all(this.started.map((one) => one.end('SIGKILL')));
    this.started = [];
  }

  async stop(): Promise<void> {
    await this.end();
    await this.app.stop();
    await this.compiled.remove();
  }
}

/** It died where it was told to, by SIGKILL. */
export async function expectKilled(doomed: AppProcess): Promise<void> {
  expect(await doomed.ended).toEqual({ code: null, signal: 'SIGKILL' });
}

/** What dead processes held is free again, as if their leases were over. */
export async function endLeases(app: TestApp): Promise<void> {
  await app.sql(`UPDATE checkout_sessions SET next_attempt_at = now()`);
  await app.sql(`UPDATE notifications SET lease_until = now() - interval '1 second'
                  WHERE status = 'sending'`);
  await app.sql(`UPDATE idempotency_keys SET locked_until = now() - interval '1 second'`);
}

/** Whether SIGSTOP holds it. */
export async function isStopped(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return /^State:\s+T/m.test(status);
}
