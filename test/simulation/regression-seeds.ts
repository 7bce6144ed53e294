/** Seeds that once found something: they are run by every `npm test`. */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 213, found: 'a paused sender that woke beyond its lease sent what another had sent' },
  { seed: 216, found: 'one payment stood in the review queue twice, under two reasons' },
];
