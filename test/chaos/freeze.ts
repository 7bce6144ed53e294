import { setTimeout as pause } from 'node:timers/promises';
import type { Victims } from './storm.js';

/** A message that a process was sending when it froze. */
export interface HeldMessage {
  readonly id: string;
  /** The number of that attempt. */
  readonly attempts: number;
}

/** So long is the way to a provider, and the way back: whoever stops has messages on both of them. */
const SLOW_MS = 1_500;
/** Long enough after the claim for the provider to have been called. */
const CALLED_MS = 300;
/** As many messages on their way as make it likely that each process has its share. */
const ENOUGH = 16;
const LOOK_MS = 50;
const MOST_LOOKS = 100;
const MOST_TRIES = 10;
/** A lease is a minute; what is due by then is taken at once, by twenties. */
const TAKEN_OVER_MS = 3 * 60_000;

/**
 * A process stops in the middle of sending, and what it was being answered is lost, whether the messages had
 * arrived or not; it goes on when others have taken all of it over, a minute later. Nothing else strikes
 * meanwhile: a database that was restarted would keep it from writing down what it still believes.
 */
export async function freezeBeyondLease(victims: Victims): Promise<readonly HeldMessage[]> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const { held, goOn } = await freezeWhileSending(victims);
    try {
      if (held.length > 0) await takenOver(victims, held);
    } finally {
      goOn();
    }
    if (held.length > 0) return held;
  }
  return [];
}

async function freezeWhileSending({ database, fleet, providers }: Victims) {
  const lines = [providers.lines.twilio, providers.lines.mail];
  for (const line of lines) line.slowDown(SLOW_MS);
  for (let look = 1; look < MOST_LOOKS && (await onTheirWay(database)).length < ENOUGH; look += 1) {
    await pause(LOOK_MS);
  }
  const goOn = fleet.freezeSender();
  const claimed = await onTheirWay(database);
  for (const line of lines) {
    line.slowDown(0);
    line.reset();
  }
  // The others hear of the reset at once, and give back what they were sending.
  await pause(SLOW_MS);
  const left = new Set((await onTheirWay(database)).map(nameOf));
  return { held: claimed.filter((message) => left.has(nameOf(message))), goOn };
}

const nameOf = ({ id, attempts }: HeldMessage): string => `${id} ${attempts}`;

const onTheirWay = (database: Victims['database']): Promise<HeldMessage[]> =>
  database.rows(
    `SELECT id::text AS id, attempts FROM notifications
      WHERE status = 'sending' AND updated_at <= now() - make_interval(secs => $1)`,
    [CALLED_MS / 1_000],
  );

async function takenOver({ database }: Victims, held: readonly HeldMessage[]): Promise<void> {
  const deadline = Date.now() + TAKEN_OVER_MS;
  const sending = `SELECT FROM notifications WHERE id = ANY ($1::bigint[]) AND status = 'sending'`;
  const ids = held.map(({ id }) => id);
  while ((await database.rows(sending, [ids])).length > 0 && Date.now() < deadline) {
    await pause(LOOK_MS);
  }
}
