import pg, { type QueryConfig, type QueryResult } from 'pg';

/** What node-postgres sends by; its types leave that out. */
interface Wire {
  readonly stream: { readonly writable: boolean; write(messages: Buffer): unknown };
  readonly parsedStatements: Record<string, string>;
  /** Sent to be prepared, not yet answered. */
  readonly submittedNamedStatements: Record<string, string>;
  sync(): void;
}

/** Keeps the messages that a query sends, so that those of several leave as one, with one Sync. */
class Packet implements Wire {
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;
  readonly stream = { writable: true, write: (message: Buffer) => this.messages.push(message) };
  private readonly messages: Buffer[] = [];

  constructor(wire: Wire) {
    this.parsedStatements = wire.parsedStatements;
    this.submittedNamedStatements = wire.submittedNamedStatements;
  }

  /** Each query asks for its own. */
  sync(): void {}

  sendBy(wire: Wire): void {
    pg.Connection.prototype.sync.call(this);
    if (wire.stream.writable) wire.stream.write(Buffer.concat(this.messages));
  }
}
// The rest, how a message is written, is what node-postgres makes it.
Object.setPrototypeOf(Packet.prototype, pg.Connection.prototype);

/** A query as node-postgres drives it: sends itself, and is told of each answer. */
interface DrivenQuery {
  readonly name: string | undefined;
  readonly text: string;
  readonly _result: QueryResult & { _types?: unknown };
  submit(wire: Wire): Error | null;
  handleRowDescription(message: object): void;
  handleDataRow(message: object): void;
  handleCommandComplete(message: object, wire: Wire): void;
  handleReadyForQuery(wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}

export type Answered = (error: Error | undefined, results: QueryResult[]) => void;

const Query = pg.Query as unknown as new (
  config: QueryConfig,
  answered: (error: Error | undefined) => void,
) => DrivenQuery;

/** Its answer is of no interest: that of the value is. */
const rollBack = (): DrivenQuery => {
  const config = { text: 'ROLLBACK', queryMode: 'extended' };
  return new Query(config, () => undefined);
};

/**
 * Several statements as one: one packet, one Sync at its end, one turn to the server and back. PostgreSQL
 * skips whatever stands behind one that fails, so nothing behind a BEGIN is ever run without it, and a
 * pooler sees one question with one end. Queries of node-postgres send and read each; this hands them
 * what is theirs. postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class BatchQuery {
  /** Where node-postgres puts how values are read. */
  readonly _result: { _types?: unknown } = {};
  private readonly parts: readonly DrivenQuery[];
  private place = 0;
  private error: Error | undefined;

  constructor(
    statements: readonly QueryConfig[],
    readonly callback: Answered,
  ) {
    const failed = (error: Error | undefined) => (this.error ??= error);
    this.parts = statements.map((config) => {
      const part = { ...config, queryMode: 'extended' };
      return new Query(part, failed);
    });
  }

  /** Of the statement whose answer comes next: what is parsed, or fails, is booked under its name. */
  get name(): string | undefined {
    return this.current.name;
  }

  get text(): string {
    return this.current.text;
  }

  submit(wire: Wire): Error | null {
    const packet = new Packet(wire);
    for (const part of this.parts) {
      part._result._types = this._result._types;
      const refusal = part.submit(packet);
      this.error ??= refusal ?? undefined;
      if (!this.error) continue;
      // A value that cannot be sent ends the batch here: the Sync must not commit what was sent before.
      rollBack().submit(packet);
      break;
    }
    packet.sendBy(wire);
    return null;
  }

  handleRowDescription(message: object): void {
    this.current.handleRowDescription(message);
  }

  handleDataRow(message: object): void {
    this.current.handleDataRow(message);
  }

  handleCommandComplete(message: object, wire: Wire): void {
    this.current.handleCommandComplete(message, wire);
    if (this.place < this.parts.length - 1) this.place += 1;
  }

  handleReadyForQuery(wire: Wire): void {
    // A row that could not be read is told of here.
    for (const part of this.parts) if (!this.error) part.handleReadyForQuery(wire);
    this.answer(this.error);
  }

  handleError(error: Error, wire: Wire): void {
    // Those behind were skipped: they are not prepared.
    for (const { name } of this.parts.slice(this.place)) {
      if (name !== undefined) delete wire.submittedNamedStatements[name];
    }
    this.answer(error);
  }

  private answer(error: Error | undefined): void {
    this.callback(
      error,
      this.parts.map((part) => part._result),
    );
  }

  private get current(): DrivenQuery {
    return this.parts[this.place]!;
  }
}
