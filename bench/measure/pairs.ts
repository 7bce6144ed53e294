/** Two figures taken one right after the other, and what one is of the other. */
export interface Pair<Figure> {
  readonly application: Figure;
  readonly limit: Figure;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Takes turns, so that whatever else the machine does meets both; who begins changes with each pair,
 * so that neither always runs on what the other has warmed up or dirtied.
 */
export async function inTurns<Figure>(
  count: number,
  application: () => Promise<Figure>,
  limit: () => Promise<Figure>,
): Promise<Pair<Figure>[]> {
  const pairs: Pair<Figure>[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    if (turn % 2 === 0) {
      const first = await application();
      pairs.push({ application: first, limit: await limit() });
    } else {
      const first = await limit();
      pairs.push({ application: await application(), limit: first });
    }
  }
  return pairs;
}

/** Throws when there are no values, or one that is no number. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined || !sorted.every(Number.isFinite)) {
    throw new Error('There is nothing to measure');
  }
  return { median: (upper + lower) / 2, min: sorted[0]!, max: sorted.at(-1)! };
}

export const medianOf = (values: readonly number[]): number => spreadOf(values).median;
