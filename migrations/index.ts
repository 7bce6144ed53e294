import { InitialSchema1763800000000 } from './1763800000000-initial-schema.js';
import { RateLimits1763930000000 } from './1763930000000-rate-limits.js';

/** In the order they run; listed by hand so that sources and build read the same list. */
export const MIGRATIONS = [InitialSchema1763800000000, RateLimits1763930000000];
