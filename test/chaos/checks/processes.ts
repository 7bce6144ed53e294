import { setTimeout as pause } from 'node:timers/promises';
import type { AppProcess, Exit } from '../../support/app-process.js';
import type { PoolFacts } from '../evidence.js';
import type { Fleet } from '../fleet.js';
import { POOL_SIZE } from '../identity.js';
import type { StormDatabase } from '../storm-database.js';
import { check, type Check } from './check.js';

const LOOKS = 40;

/** The connections of all processes as the server sees them; an instant at which none is at work, if there is one. */
export async function readPool(database: StormDatabase): Promise<PoolFacts> {
  for (let look = 1; ; look += 1) {
    const [row] = await database.rows<{ total: number; idle: number }>(
      `SELECT count(*)::int AS total, (count(*) FILTER (WHERE state = 'idle'))::int AS idle
         FROM pg_stat_activity WHERE application_name = 'garageconnect'`,
    );
    if (row!.idle === row!.total || look === LOOKS) return { ...row!, waiting: 0 };
    await pause(50);
  }
}

/** While the processes still run. */
export async function livingChecks(fleet: Fleet, pool: PoolFacts): Promise<Check[]> {
  const most = POOL_SIZE * fleet.size;
  const answers = await Promise.all(
    fleet.urls.map((url) => fetch(`${url}/health/ready`).then(({ status }) => status)),
  );
  return [
    check(
      'every process says that it is ready',
      answers.filter((status) => status !== 200).map(String),
    ),
    check(
      `${pool.total} connections to the database, the pools hold ${most}`,
      pool.total > most ? [`${pool.total}`] : [],
    ),
  ];
}

/** After the end. */
export function processChecks(fleet: Fleet, exits: readonly Exit[]): Check[] {
  const told = ({ code, signal }: Exit): string => `${code ?? signal}`;
  return [
    check(`no process ended by itself, of ${fleet.all.length}`, fleet.crashes.map(told)),
    check('SIGTERM ended every process with 0', exits.filter(({ code }) => code !== 0).map(told)),
    check('every line of the logs is one JSON object', fleet.all.flatMap(unreadable)),
  ];
}

/** A process that was killed may leave half a line at the end. */
function unreadable(one: AppProcess): string[] {
  try {
    one.logs();
    return [];
  } catch (error) {
    return [String(error)];
  }
}
