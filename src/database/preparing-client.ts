import pg, { type ClientConfig, DatabaseError, type QueryConfig, type QueryResult } from 'pg';
import type { StatementNames } from './statement-names.js';

/** As TypeORM says it. */
const BEGIN = 'START TRANSACTION';

/** What one connection keeps prepared at most; with plans of some ten kilobytes each. */
const MAX_PREPARED = 256;

export interface PreparingClientConfig extends ClientConfig {
  /** Shared by the connections of a pool; absent: nothing is prepared. */
  readonly statementNames?: StatementNames;
  /** Settings of each transaction, for a pooler that takes none when a connection starts. */
  readonly transactionSettings?: string;
}

type Ask = (query: string | QueryConfig, values?: unknown[]) => Promise<QueryResult>;

/**
 * A connection that prepares what it is asked again: PostgreSQL then parses and plans a statement once
 * for each connection instead of each time. Nobody above knows. What goes wrong with a preparation and
 * not with the statement is mended here, by asking again without one; inside a transaction, which
 * PostgreSQL has then given up, by `inTransaction`.
 */
export class PreparingClient extends pg.Client {
  private readonly names: StatementNames | undefined;
  private readonly begin: string | undefined;
  private readonly prepared = new Set<string>();
  /** Of these node-postgres believes what may not be so. */
  private readonly doubtful = new Set<string>();
  private underWay = 0;

  constructor(config: PreparingClientConfig) {
    super(config);
    this.names = config.statementNames;
    if (config.transactionSettings) this.begin = `${BEGIN}; ${config.transactionSettings}`;
  }

  // One signature for the many of node-postgres: only what TypeORM uses is changed.
  override query(...given: unknown[]): never {
    const [text, values = [], more] = given;
    const isPlain = typeof text === 'string' && Array.isArray(values) && more === undefined;
    return (isPlain ? this.ask(text, values) : this.pass(...given)) as never;
  }

  private pass(...given: unknown[]): unknown {
    const query = super.query.bind(this) as unknown as (...given: unknown[]) => unknown;
    return query(...given);
  }

  private async ask(text: string, values: unknown[]): Promise<QueryResult> {
    const plainly = super.query.bind(this) as unknown as Ask;
    const isAlone = this.underWay === 0 && this.getTransactionStatus() === 'I';
    this.underWay += 1;
    try {
      if (text === BEGIN && this.begin) return await plainly(this.begin);
      const name = this.nameOf(text);
      if (name === undefined) return await plainly(text, values);
      try {
        return await plainly({ name, text, values });
      } catch (error) {
        if (!this.isPreparationAtFault(error, text, name)) throw error;
        // Outside a transaction nothing has happened yet.
        if (!isAlone || this.underWay > 1) throw error;
        return await plainly(text, values);
      }
    } finally {
      this.underWay -= 1;
    }
  }

  private nameOf(text: string): string | undefined {
    const name = this.names?.nameOf(text);
    if (name === undefined || this.doubtful.has(name)) return undefined;
    if (this.prepared.has(name)) return name;
    if (this.prepared.size === MAX_PREPARED) return undefined;
    this.prepared.add(name);
    return name;
  }

  private isPreparationAtFault(error: unknown, text: string, name: string): boolean {
    // A value that could not be sent: node-postgres has then closed the statement without forgetting it.
    if (!(error instanceof DatabaseError)) this.doubtful.add(name);
    return this.names?.learn(error, text, name) ?? false;
  }
}
