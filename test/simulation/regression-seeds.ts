/**
 * Seeds that once found something, in the application as it was or after a bug had been planted in it:
 * they are run by every `npm test`.
 */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 39, found: 'a sender that woke beyond its lease sends what another one has sent' },
  { seed: 5, found: 'an unfenced settlement puts a sent message back into the queue' },
  { seed: 12, found: 'a payment of the wrong amount pays an order' },
  { seed: 14, found: 'a reminder step is taken twice' },
  { seed: 17, found: 'a paid order is still asked for money' },
];
