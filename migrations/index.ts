import { InitialSchema1763800000000 } from './1763800000000-initial-schema.js';
import { Reconciliation1763900000000 } from './1763900000000-reconciliation.js';
import { Refunds1763910000000 } from './1763910000000-refunds.js';

/** In the order they run; listed by hand so that sources and build read the same list. */
export const MIGRATIONS = [
  InitialSchema1763800000000,
  Reconciliation1763900000000,
  Refunds1763910000000,
];
