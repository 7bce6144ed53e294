import pg, { type ClientConfig, DatabaseError, type QueryConfig, type QueryResult } from 'pg';
import { type Answered, BatchQuery } from './batch-query.js';
import { isOneStatement, type StatementNames } from './statement-names.js';

/** As TypeORM says it. */
const BEGIN = 'START TRANSACTION';
const ENDS: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK']);

/** What one connection keeps prepared at most; with plans of some ten kilobytes each. */
const MAX_PREPARED = 256;

export interface PreparingClientConfig extends ClientConfig {
  /** Shared by the connections of a pool; absent: nothing is prepared. */
  readonly statementNames?: StatementNames;
  /** Statements after each BEGIN, for a pooler that takes no settings when a connection starts. */
  readonly transactionSettings?: readonly string[];
}

/** A statement that can be asked before any other's answer is there. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Ask = (query: string | QueryConfig, values?: unknown[]) => Promise<QueryResult>;

/**
 * A connection that spares PostgreSQL and the network what need not be, unknown to all above it.
 *
 * What is asked again is prepared: parsed and planned once for each connection instead of each time. What
 * goes wrong with a preparation and not with the statement is mended here, by asking again without one;
 * inside a transaction, which PostgreSQL has then given up, by `inTransaction`.
 *
 * BEGIN waits for the transaction's first statement and goes with it, or all that is known beforehand goes
 * together.
 */
export class PreparingClient extends pg.Client {
  private readonly names: StatementNames | undefined;
  private readonly opening: readonly string[];
  private readonly prepared = new Set<string>();
  /** Of these node-postgres believes what may not be so. */
  private readonly doubtful = new Set<string>();
  private underWay = 0;
  private owesBegin = false;

  constructor(config: PreparingClientConfig) {
    super(config);
    this.names = config.statementNames;
    this.opening = [BEGIN, ...(config.transactionSettings ?? [])];
  }

  // One signature for the many of node-postgres: only what TypeORM uses is changed.
  override query(...given: unknown[]): never {
    const [text, values = [], more] = given;
    const isPlain = typeof text === 'string' && Array.isArray(values) && more === undefined;
    return (isPlain ? this.ask(text, values) : this.send(...given)) as never;
  }

  /** Whoever had this connection is done with it, whether or not its transaction came to anything. */
  forgetBegin(): void {
    this.owesBegin = false;
  }

  private send(...given: unknown[]): unknown {
    const query = super.query.bind(this) as unknown as (...given: unknown[]) => unknown;
    return query(...given);
  }

  private async ask(text: string, values: unknown[]): Promise<QueryResult> {
    if (text === BEGIN) {
      this.owesBegin = true;
      return NOTHING;
    }
    if (this.owesBegin) {
      this.owesBegin = false;
      // Nothing was asked in between, so there is nothing to end.
      if (ENDS.has(text)) return NOTHING;
      if (isOneStatement(text)) return this.open(text, values);
      await this.plainly(this.opening.join('; '));
    }
    return this.repeatable(text, values);
  }

  /** Outside a transaction nothing has happened yet when a preparation is found lost. */
  private async repeatable(text: string, values: unknown[]): Promise<QueryResult> {
    const name = this.nameOf(text);
    const isAlone = this.underWay === 0 && this.getTransactionStatus() === 'I';
    this.underWay += 1;
    try {
      if (name === undefined) return await this.plainly(text, values);
      return await this.plainly({ name, text, values });
    } catch (error) {
      const isLost = name !== undefined && this.isPreparationAtFault(error, text, name);
      if (!isLost || !isAlone || this.underWay > 1) throw error;
      return await this.plainly(text, values);
    } finally {
      this.underWay -= 1;
    }
  }

  /**
   * A whole transaction at once: none of it is carried out when one of its statements fails. Answers the
   * rows of each. What one packet holds is one transaction without BEGIN and COMMIT; only a pooler's
   * settings need them.
   */
  async transact(statements: readonly Statement[]): Promise<unknown[][]> {
    if (this.opening.length === 1) return (await this.batch([], statements)).map(rowsIn);
    try {
      const results = await this.batch(this.opening, [...statements, COMMIT]);
      return results.slice(0, -1).map(rowsIn);
    } catch (error) {
      // Whatever came after the failure was skipped, COMMIT too. A connection that is lost ends it by itself.
      await this.plainly('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async open(text: string, values: readonly unknown[]): Promise<QueryResult> {
    return (await this.batch(this.opening, [{ text, values }])).at(-1)!;
  }

  /** All in one packet; answers the statements. */
  private async batch(
    opening: readonly string[],
    statements: readonly Statement[],
  ): Promise<QueryResult[]> {
    const named = statements.map(({ text, values }) => ({ name: this.nameOf(text), text, values }));
    const configs = [...opening.map((text) => ({ text })), ...named.map(configOf)];
    this.underWay += 1;
    try {
      const results = await new Promise<QueryResult[]>((resolve, reject) => {
        const answered: Answered = (error, all) => (error ? reject(error) : resolve(all));
        this.send(new BatchQuery(configs, answered));
      });
      return results.slice(opening.length);
    } catch (error) {
      for (const { name, text } of named) if (name) this.isPreparationAtFault(error, text, name);
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  private plainly(...given: Parameters<Ask>): Promise<QueryResult> {
    return this.send(...given) as Promise<QueryResult>;
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

const rowsIn = ({ rows }: QueryResult): unknown[] => rows;

const COMMIT: Statement = { text: 'COMMIT', values: [] };

const configOf = ({
  name,
  text,
  values,
}: Statement & { name: string | undefined }): QueryConfig => ({
  text,
  values: [...values],
  ...(name !== undefined && { name }),
});

/** The answer to what needs no server. */
const NOTHING: QueryResult = { command: '', rowCount: null, oid: 0, fields: [], rows: [] };
