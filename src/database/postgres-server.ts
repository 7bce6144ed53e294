import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, fchownSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterPaths } from './postgres-cluster.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { type Postmaster, findPostmaster, isRunning } from './postmaster-pid.js';
import { type ServerAccount, commandAs } from './server-account.js';

const MAX_LOG_BYTES = 5 * 1024 * 1024;
const POLL_MS = 20;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_checkpoints=off',
  // The details and the statement of an error repeat the data of customers.
  'log_error_verbosity=terse',
  'log_min_error_statement=panic',
];
/** A crash may lose everything: for databases that live as long as a test. */
const FORGETFUL_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
];

/** The first queries of a killed server may still run, or another starter was faster. */
const REFUSED_FOR_NOW = /lock file|shared memory/;

/**
 * Starts the server in its own process group, so that Ctrl-C reaches only the application, and waits
 * until it has claimed the cluster or ended. Without a `port` it gets a free one.
 */
export async function launchServer(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: ServerAccount,
  durable: boolean,
  port?: number,
): Promise<'launched' | 'refused for now' | 'ended'> {
  const settings = [...SETTINGS, ...(durable ? [] : FORGETFUL_SETTINGS)];
  const { command, args, options } = commandAs(account, binaries.postgres, [
    ...['-D', paths.cluster, '-p', String(port ?? (await freePort()))],
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const log = openLog(paths.logFile, account);
  const stdio: StdioOptions = ['ignore', log, log];
  const server = spawn(command, args, { ...options, detached: true, stdio });
  closeSync(log);
  let hasEnded = false;
  server.once('error', () => (hasEnded = true));
  server.once('exit', () => (hasEnded = true));
  server.unref();
  while (!hasEnded) {
    if ((await findPostmaster(paths.cluster))?.pid === server.pid) return 'launched';
    await pause(POLL_MS);
  }
  return lastLogLines(paths.logFile)
    .slice(-4)
    .some((line) => REFUSED_FOR_NOW.test(line))
    ? 'refused for now'
    : 'ended';
}

function openLog(file: string, account: ServerAccount): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const descriptor = openSync(file, size > MAX_LOG_BYTES ? 'w' : 'a', 0o600);
  if (account.owner) fchownSync(descriptor, account.owner.uid, account.owner.gid);
  return descriptor;
}

export function lastLogLines(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12);
}

/** Free a moment ago; when somebody takes it first the server ends and is launched again. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return address.port;
}

/** Fast shutdown, then immediate, then the hard way: a server that is told to end does end. */
export async function shutDownServer(postmaster: Postmaster, cluster: string): Promise<void> {
  const steps = [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const;
  for (const [signal, limitMs] of steps) {
    if (!(await isRunning(postmaster, cluster))) return;
    signalServer(postmaster, signal);
    const deadline = Date.now() + limitMs;
    while (Date.now() < deadline && (await isRunning(postmaster, cluster))) await pause(POLL_MS);
  }
}

function signalServer({ pid }: Postmaster, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself just now.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
