import type { AppLogger } from './common/app-logger.js';

/** After this, whatever still runs is given up: an orchestrator would kill the process anyway. */
const DEADLINE_MS = 25_000;

/** The same after a failure nobody expected: whatever it broke may hold the rest up for ever. */
const FAILURE_DEADLINE_MS = 10_000;

/** What was started, to be stopped in reverse. */
export class ShutdownStack {
  private readonly steps: (() => Promise<unknown>)[] = [];
  private unwinding: Promise<void> | undefined;
  private exitCode = 0;

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
      this.end(logger, DEADLINE_MS);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  }

  /**
   * An error that nobody caught, a rejected promise included: what it left half done cannot be known,
   * so the process says so once, stops as after a signal and exits 1, for its supervisor to start
   * another. Everything in flight is in the database and is taken over like that of a killed process.
   */
  onFailure(logger: AppLogger): void {
    process.on('uncaughtException', (error, origin) => {
      const isFirst = this.exitCode === 0;
      this.exitCode = 1;
      const msg = isFirst
        ? 'An error that nobody caught: the process ends, start another'
        : 'Another error that nobody caught, while the process ends';
      logger.fatal({ event: 'fatal', origin, error, msg });
      if (isFirst) this.end(logger, FAILURE_DEADLINE_MS);
    });
  }

  private end(logger: AppLogger, deadlineMs: number): void {
    setTimeout(() => process.exit(1), deadlineMs).unref();
    void this.unwind().then(() => {
      logger.log({ event: 'stopped', msg: 'Stopped' });
      process.exit(this.exitCode);
    });
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
