import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Everything a program of the benchmark may be told. */
export type Environment = Readonly<Record<string, string>>;

const START_LIMIT_MS = 30_000;

/** As `npm start` has them, for every program. */
const NODE_OPTIONS = [
  '--enable-source-maps',
  '--max-semi-space-size=8',
  '--heap-growing-percent=40',
];

/** One of the programs that are measured, in a process of its own. */
export class ChildProgram {
  private errors = '';
  private isPaused = false;
  private readonly ended: Promise<unknown>;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit');
    child.stderr?.on(
      'data',
      (chunk: Buffer) => (this.errors = `${this.errors}${chunk.toString()}`.slice(-2_000)),
    );
  }

  /** `script` is a file URL; nothing of this process's own environment reaches the program but PATH. */
  static start(name: string, script: URL, environment: Environment, cwd: string): ChildProgram {
    const child = spawn(process.execPath, [...NODE_OPTIONS, fileURLToPath(script)], {
      cwd,
      env: { PATH: process.env['PATH'], ...environment },
      // Its log is written, as in production, but kept by nobody.
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return new ChildProgram(name, child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves once `isReady` says so. Throws with what the program printed when it ends before. */
  async ready(isReady: () => Promise<boolean>): Promise<this> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline && this.child.exitCode === null) {
      if (await isReady().catch(() => false)) return this;
      await pause(20);
    }
    await this.stop();
    throw new Error(`${this.name} did not start: ${this.errors.trim()}`);
  }

  /** Takes it off the processor until it is resumed, for less than any of its timeouts. */
  pause(): void {
    this.isPaused = this.child.kill('SIGSTOP');
  }

  resume(): void {
    if (this.isPaused) this.child.kill('SIGCONT');
    this.isPaused = false;
  }

  async stop(): Promise<void> {
    this.resume();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await this.ended;
    clearTimeout(killer);
  }
}

/** For `ready`: whether this address answers with success. */
export const answers = (url: string) => async (): Promise<boolean> => (await fetch(url)).ok;
