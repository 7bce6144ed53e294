import { InitialSchema1763800000000 } from './1763800000000-initial-schema.js';
import { Reconciliation1763900000000 } from './1763900000000-reconciliation.js';
import { Refunds1763910000000 } from './1763910000000-refunds.js';
import { MessageDiscipline1763920000000 } from './1763920000000-message-discipline.js';
import { RateLimits1763930000000 } from './1763930000000-rate-limits.js';
import { DueIndexes1763950000000 } from './1763950000000-due-indexes.js';
import { Archive1763960000000 } from './1763960000000-archive.js';

/** In the order they run; listed by hand so that sources and build read the same list. */
export const MIGRATIONS = [
  InitialSchema1763800000000,
  Reconciliation1763900000000,
  Refunds1763910000000,
  MessageDiscipline1763920000000,
  RateLimits1763930000000,
  DueIndexes1763950000000,
  Archive1763960000000,
];
