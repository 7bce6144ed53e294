import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AppProcess,
  type CompiledApplication,
  type Exit,
  spawnApplication,
} from '../support/app-process.js';
import type { Random } from '../simulation/random.js';

/** Roles of the processes; two of them send and tick, so that one is left when the other is killed. */
const ROLES = ['all', 'all', 'web'] as const;
/** Between the end of a process and its next start, as a supervisor does it. */
const RESPAWN_MS = 300;
const ALIVE_MS = 5 * 60_000;

interface Place {
  readonly role: string;
  current: AppProcess | null;
  /** Whether it listens. */
  living: boolean;
  killed: boolean;
}

/** The application's processes under a supervisor that starts again whatever has ended. */
export class Fleet {
  kills = 0;
  restarts = 0;
  /** Processes that ended by themselves once they had listened: there must be none. */
  readonly crashes: Exit[] = [];
  /** Every process there ever was. */
  readonly all: AppProcess[] = [];
  private readonly places: Place[] = ROLES.map((role) => ({
    role,
    current: null,
    living: false,
    killed: false,
  }));
  private readonly supervisors: Promise<void>[] = [];
  private stopping = false;
  private lastUrl = 'http://127.0.0.1:9';

  constructor(
    private readonly compiled: CompiledApplication,
    private readonly random: Random,
  ) {}

  get size(): number {
    return this.places.length;
  }

  /** Where the processes that listen now can be reached. */
  get urls(): string[] {
    return this.places.flatMap(({ living, current }) => (living && current ? [current.url] : []));
  }

  /** One of them at random, as a load balancer chooses; the last known one when none is up. */
  someUrl(): string {
    const { urls } = this;
    if (urls.length > 0) this.lastUrl = this.random.pick(urls);
    return this.lastUrl;
  }

  start(env: NodeJS.ProcessEnv): void {
    for (const place of this.places) this.supervisors.push(this.supervise(place, env));
  }

  /** Throws with the last words of one that does not come up. */
  async allAlive(): Promise<void> {
    const deadline = Date.now() + ALIVE_MS;
    while (this.urls.length < this.size) {
      if (Date.now() > deadline) {
        const last = this.all.findLast((one) => one.stderr() !== '');
        throw new Error(`The processes do not come up:\n${last?.stderr() ?? ''}`);
      }
      await pause(50);
    }
  }

  /** SIGKILL to one that listens, chosen at random, unless it is the last one: outages are PostgreSQL's part. */
  killOne(): void {
    const living = this.places.filter((place) => place.living);
    if (living.length < 2) return;
    const victim = this.random.pick(living);
    victim.killed = true;
    victim.living = false;
    void victim.current?.end('SIGKILL');
    this.kills += 1;
  }

  /**
   * SIGSTOP to one of those that send, as when its machine is paused: it knows nothing of it, and whoever
   * has asked it something waits. Answers how it goes on. The balancer sends it nothing meanwhile.
   */
  freezeSender(): () => void {
    const place = this.random.pick(
      this.places.filter(({ role, living }) => role === 'all' && living),
    );
    const { pid } = place.current!;
    place.living = false;
    process.kill(pid, 'SIGSTOP');
    return () => {
      process.kill(pid, 'SIGCONT');
      place.living = true;
    };
  }

  /** An orderly end of all; answers how each of them ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit[]> {
    this.stopping = true;
    const exits = await Promise.all(
      this.places.flatMap(({ current }) => (current ? [current.end(signal)] : [])),
    );
    await Promise.all(this.supervisors);
    return exits;
  }

  /** What each process said, in a file of its own. */
  async writeLogs(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const one of this.all) {
      const file = join(folder, `${one.pid}.log`);
      await writeFile(file, one.stdout() + one.stderr(), { mode: 0o600 });
    }
  }

  private async supervise(place: Place, env: NodeJS.ProcessEnv): Promise<void> {
    for (let first = true; !this.stopping; first = false) {
      const started = await spawnApplication(this.compiled, { ...env, PROCESS_ROLE: place.role });
      this.all.push(started);
      place.current = started;
      place.killed = false;
      const isReady = await started.ready().then(
        () => true,
        () => false,
      );
      if (isReady) {
        place.living = true;
        if (!first) this.restarts += 1;
      } else if (!this.stopping) await started.end('SIGKILL');
      const exit = await started.ended;
      place.living = false;
      if (isReady && !place.killed && !this.stopping) this.crashes.push(exit);
      if (!this.stopping) await pause(RESPAWN_MS);
    }
  }
}
