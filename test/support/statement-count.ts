import pg from 'pg';

type Query = (this: unknown, ...given: unknown[]) => unknown;

/** A query of node-postgres, or a batch of them. */
interface Sent {
  readonly text: string;
  readonly parts?: readonly { readonly text: string }[];
}

const textOf = ({ text }: { readonly text: string }): string => text;

/** What goes ahead of a transaction's first statement, in its packet. */
const AHEAD = /^(?:START TRANSACTION|SET LOCAL .*)$/;

/**
 * Every statement that any driver of this process sends while `work` runs, in the order they leave,
 * COMMIT included: each of them is a journey to the database and back, unless they leave as one batch.
 * Whatever else runs meanwhile is counted too, so nothing else may.
 */
export async function statementsOf(work: () => PromiseLike<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function counting(...given) {
    const [first] = given as [string | Sent];
    const texts = typeof first === 'string' ? [first] : (first.parts ?? [first]).map(textOf);
    sent.push(...texts.map((text) => text.trim()).filter((text) => !AHEAD.test(text)));
    return query.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return sent;
}

/** `INSERT INTO orders`, `COMMIT`: the first words of each, for a failure that can be read. */
export const firstWords = (statements: readonly string[]): string[] =>
  statements.map((text) => text.replaceAll(/\s+/g, ' ').slice(0, 40));
