import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { lostPreparation } from './lost-preparation.js';

/** More texts than the application has; beyond it they are those of nobody knows what. */
const MAX_NAMES = 256;
const MAX_SEEN = 1_024;
/** One statement that can be prepared: a second one after it, or a setting, cannot. */
const ONE_STATEMENT = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b[^;]*$/i;

export const isOneStatement = (text: string): boolean => ONE_STATEMENT.test(text);

/**
 * Under which name a statement's text is prepared: the same in every process, so that what another one
 * left on a connection is the same statement. A text has a name from its second use on: what is asked
 * once would only take up memory on the server.
 */
export class StatementNames {
  private readonly logger = new Logger(StatementNames.name);
  private readonly seen = new Set<string>();
  private readonly names = new Map<string, string>();
  private generation = 0;
  private isOn = true;

  nameOf(text: string): string | undefined {
    if (!this.isOn) return undefined;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (!this.seen.delete(text)) {
      if (this.seen.size === MAX_SEEN) this.seen.clear();
      this.seen.add(text);
      return undefined;
    }
    if (this.names.size === MAX_NAMES || !isOneStatement(text)) return undefined;
    const name = `gc_${hashOf(text)}_${this.generation}`;
    this.names.set(text, name);
    return name;
  }

  /**
   * Learns from the error of a statement that was sent under this name. True: the name was at fault, and
   * the same work will not meet this error again.
   */
  learn(error: unknown, text: string, name: string): boolean {
    const fault = lostPreparation(error);
    if (fault === 'not on this connection') this.turnOff();
    // All names at once: a transaction would else meet its stale statements one after the other.
    if (fault === 'plan changed' && this.names.get(text) === name) this.renameAll();
    return fault !== null;
  }

  private renameAll(): void {
    this.generation += 1;
    this.names.clear();
  }

  private turnOff(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.logger.warn({
      event: 'database.prepared_statements_off',
      msg: 'A pooler between here and PostgreSQL loses prepared statements: they are no longer used. Set DIRECT_URL to the database itself, or DB_PREPARED_STATEMENTS=off',
    });
  }
}

const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22);
