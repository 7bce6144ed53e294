/**
 * The process's clock, for what must be computed outside the database (token expiry, time left in
 * a text). Whether a row is due is always asked of the database's own clock instead.
 */
export class Clock {
  now(): Date {
    return new Date();
  }
}
