import { Random } from '../simulation/random.js';

/** Numbers of its own for one part of the run, so that what it draws does not move what another one draws. */
export const streamOf = (random: Random): Random => new Random(random.int(0, 0xffff_ffff));
