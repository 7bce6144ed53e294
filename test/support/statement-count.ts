import pg from 'pg';

type Query = (this: unknown, ...given: unknown[]) => unknown;

/**
 * Every statement that any driver of this process sends while `work` runs, in the order they leave,
 * BEGIN and COMMIT included: each of them is a journey to the database and back. Whatever else runs
 * meanwhile is counted too, so nothing else may.
 */
export async function statementsOf(work: () => PromiseLike<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function counting(...given) {
    const [first] = given as [string | { text: string }];
    sent.push((typeof first === 'string' ? first : first.text).trim());
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
