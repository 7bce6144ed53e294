import pg, { type QueryConfig, type QueryResult } from 'pg';

/** What node-postgres sends by; its types leave that out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  /** Sent to be prepared, not yet answered. */
  readonly submittedNamedStatements: Record<string, string>;
  parse(message: { readonly text: string }): void;
  bind(message: object): void;
  execute(message: object): void;
}

/** A query as node-postgres drives it: sends itself, and is told of each answer. */
interface DrivenQuery {
  name: string | undefined;
  submit(wire: Wire): Error | null;
  handleCommandComplete(message: object, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}

type Answered = (error: Error | undefined, result: QueryResult) => void;

const Query = pg.Query as unknown as new (config: QueryConfig, answered: Answered) => DrivenQuery;

/**
 * The first statement of a transaction, with what opens the transaction sent ahead of it: one turn to the
 * server and back for both. They are one batch with one Sync at its end, so PostgreSQL skips the statement
 * when BEGIN fails; two queries sent one after the other would run it outside of any transaction.
 * postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class OpeningQuery extends Query {
  private readonly ownName: string | undefined;
  private ahead: number;

  constructor(
    config: QueryConfig,
    private readonly opening: readonly string[],
    answered: Answered,
  ) {
    super(config, answered);
    this.ownName = config.name;
    this.ahead = opening.length;
  }

  override submit(wire: Wire): Error | null {
    wire.stream.cork();
    try {
      for (const text of this.opening) {
        wire.parse({ text });
        wire.bind({});
        wire.execute({});
      }
      return super.submit(wire);
    } finally {
      wire.stream.uncork();
      // What is parsed next is not the statement of this name.
      this.name = undefined;
    }
  }

  override handleCommandComplete(message: object, wire: Wire): void {
    if (this.ahead === 0) {
      super.handleCommandComplete(message, wire);
      return;
    }
    this.ahead -= 1;
    if (this.ahead === 0) this.name = this.ownName;
  }

  override handleError(error: Error, wire: Wire): void {
    if (this.ownName !== undefined) delete wire.submittedNamedStatements[this.ownName];
    super.handleError(error, wire);
  }
}
