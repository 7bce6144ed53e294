import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Snapshot } from '../double-server.js';

/** Raised when what is written changes shape: an older file is then begun anew, not misread. */
const FORMAT = 1;

/** Writing takes at most a tenth of the time, however large the state has grown. */
const REST_PER_WRITE = 9;

/**
 * A double's state in a file of the data folder, so that it outlives a restart and a kill. Every
 * write is whole: a new file takes the place of the old one.
 */
export class FileSnapshot implements Snapshot {
  private readonly logger = new Logger(FileSnapshot.name);
  private timer: NodeJS.Timeout | null = null;
  private waiting: { readonly state: unknown } | null = null;
  private restUntil = 0;

  constructor(private readonly path: string) {}

  /** Null when there is none, or none that this version can read. */
  load(): unknown {
    try {
      const stored = JSON.parse(readFileSync(this.path, 'utf8')) as {
        format?: unknown;
        state?: unknown;
      };
      return stored.format === FORMAT ? (stored.state ?? null) : null;
    } catch {
      return null;
    }
  }

  save(state: unknown): void {
    this.waiting = { state };
    const pause = this.restUntil - performance.now();
    if (pause <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), pause).unref();
  }

  /** Writes what is still waiting; call it last. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (!this.waiting) return;
    const { state } = this.waiting;
    this.waiting = null;
    const begun = performance.now();
    try {
      replaceFile(this.path, JSON.stringify({ format: FORMAT, state }));
    } catch (error) {
      // Only the memory of a sandbox is at stake: not worth the process. The next change tries again.
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      this.logger.warn({ event: 'sandbox.not_saved', reason, msg: 'The sandbox was not saved' });
    }
    const ended = performance.now();
    this.restUntil = ended + (ended - begun) * REST_PER_WRITE;
  }
}

/** Atomic: a reader, or a kill, finds the old text or the new one. Readable by the owner only. */
export function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}
