import { randomFillSync } from 'node:crypto';

/** 256 bits: nobody guesses one. */
const SECRET_BYTES = 32;
/** The way to the system's random numbers costs more than the numbers: they are fetched for so many at once. */
const FETCHED = 64;

const fetched = Buffer.allocUnsafe(SECRET_BYTES * FETCHED);
let next = fetched.length;

/** The secret of one pickup code. What has been given out is wiped from the store. */
export function drawSecret(): Buffer {
  if (next === fetched.length) {
    randomFillSync(fetched);
    next = 0;
  }
  const drawn = fetched.subarray(next, (next += SECRET_BYTES));
  const secret = Buffer.from(drawn);
  drawn.fill(0);
  return secret;
}
