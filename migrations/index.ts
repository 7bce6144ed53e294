import { InitialSchema1763800000000 } from './1763800000000-initial-schema.js';
import { MessageDiscipline1763920000000 } from './1763920000000-message-discipline.js';

/** In the order they run; listed by hand so that sources and build read the same list. */
export const MIGRATIONS = [InitialSchema1763800000000, MessageDiscipline1763920000000];
