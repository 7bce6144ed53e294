import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Far longer than a start takes: what is older was left by a process that was killed in between. */
const ABANDONED_MS = 15_000;

/** One process of a data folder at a time looks for running doubles and starts them when there are none. */
export async function inStartTurn<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'sandbox-starting');
  while (!(await takeTurn(path))) {
    const taken = await stat(path).catch(() => null);
    if (taken && Date.now() - taken.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    await pause(25);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeTurn(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
