import type { AppLogger } from './common/app-logger.js';

/** After this, whatever still runs is given up: an orchestrator would kill the process anyway. */
const DEADLINE_MS = 25_000;

/** What was started, to be stopped in reverse. */
export class ShutdownStack {
  private readonly steps: (() => Promise<unknown>)[] = [];
  private unwinding: Promise<void> | undefined;

  push(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  /** Idempotent; one step that fails does not keep the others from running. */
  async unwind(): Promise<void> {
    return (this.unwinding ??= this.unwindOnce());
  }

  /** SIGTERM and SIGINT: stop taking work, finish what is in flight, stop PostgreSQL, exit 0. */
  onSignal(logger: AppLogger): void {
    const stop = (signal: NodeJS.Signals) => {
      if (this.unwinding) return;
      logger.log({ event: 'stopping', signal, msg: `Stopping after ${signal}` });
      setTimeout(() => process.exit(1), DEADLINE_MS).unref();
      void this.unwind().then(() => {
        logger.log({ event: 'stopped', msg: 'Stopped' });
        process.exit(0);
      });
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  }

  private async unwindOnce(): Promise<void> {
    for (const step of this.steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`A step of the shutdown failed: ${(error as Error).name}\n`);
      }
    }
  }
}
