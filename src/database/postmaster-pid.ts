import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A running server, as it describes itself in its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server running on `cluster`, or undefined. Removes a `postmaster.pid` left by a killed server:
 * PostgreSQL does so itself, but refuses to start when the pid is taken by a zombie or another program.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readComplete(file);
  if (text === undefined) return undefined;
  const [pid = '', , , port = ''] = text.split('\n');
  const postmaster = { pid: Number(pid), port: Number(port) };
  if (await isRunning(postmaster, cluster)) return postmaster;
  await removeStale(file, text);
  return undefined;
}

/** The file is written a moment after it is created; one that stays unfinished was left by a crash. */
async function readComplete(file: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const text = await readIfPresent(file);
    if (text === undefined || text.split('\n').length > 4 || attempt === 20) return text;
    await pause(25);
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Takes the file away and looks at what it took: when two processes judge the same stale file, the
 * slower one must not take away the new server's.
 */
async function removeStale(file: string, staleText: string): Promise<void> {
  const aside = `${file}.stale-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== staleText) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Whether the process still lives AND is the server of this cluster, rather than a reused pid. */
export async function isRunning({ pid }: Postmaster, cluster: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1 || !processExists(pid)) return false;
  if (!existsSync('/proc/self/cmdline')) {
    return (await commandLineByPs(pid)).includes(cluster);
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program = '', ...args] = commandLine.split('\0');
  if (basename(program) !== 'postgres') return false;
  // The second question finds a server whose folder was moved after it had started.
  return args.includes(cluster) || (await isSameFolder(`/proc/${pid}/cwd`, cluster));
}

export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function commandLineByPs(pid: number): Promise<string> {
  const ps = promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return ps.then(({ stdout }) => stdout).catch(() => '');
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
