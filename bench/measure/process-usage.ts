import { readdir, readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second for every program (man 5 proc). */
const TICK_MS = 10;

/**
 * CPU time of a process so far, in milliseconds, its ended children included; null where the system
 * has no /proc.
 */
export async function cpuMs(pid: number): Promise<number | null> {
  const fields = await statFields(pid);
  if (!fields) return null;
  // utime, stime, cutime, cstime: fields 14 to 17, counted from the one behind the name.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
}

/** Of a process and its running children, as PostgreSQL's one a connection. */
export async function cpuMsOfFamily(pid: number): Promise<number | null> {
  const own = await cpuMs(pid);
  if (own === null) return null;
  const children = await childrenOf(pid);
  const times = await Promise.all(children.map((child) => cpuMs(child)));
  return times.reduce<number>((sum, time) => sum + (time ?? 0), own);
}

/** Resident memory in megabytes (10⁶ bytes); null where the system has no /proc. */
export async function residentMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmRSS:\s+(\d+) kB/m.exec(status);
  return found ? (Number(found[1]) * 1_024) / 1e6 : null;
}

async function statFields(pid: number): Promise<string[] | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The name may hold anything, a bracket too.
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger);
  const parents = await Promise.all(pids.map(async (one) => (await statFields(one))?.[1]));
  return pids.filter((_one, place) => Number(parents[place]) === pid);
}
