import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, OR_OWN_SERVER } from './embedded-postgres.error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { processExists } from './postmaster-pid.js';
import { type ServerAccount, commandAs } from './server-account.js';

const STAGING = /^postgres\.new-(\d+)-/;
const STAGING_MAX_AGE_MS = 5 * 60_000;

export interface ClusterPaths {
  readonly dataDir: string;
  /** Holds the cluster and its password, which are made and moved as one. */
  readonly home: string;
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

export function clusterPaths(dataDir: string): ClusterPaths {
  const home = join(dataDir, 'postgres');
  return { dataDir, logFile: join(dataDir, 'postgres.log'), home, ...inside(home) };
}

const inside = (home: string) => ({
  cluster: join(home, 'data'),
  passwordFile: join(home, 'password'),
});

const isComplete = (paths: ClusterPaths): boolean => existsSync(join(paths.cluster, 'PG_VERSION'));

/** The password of the superuser of an existing cluster made by this major version. */
export async function readClusterPassword(paths: ClusterPaths, major: number): Promise<string> {
  const version = (await readFile(join(paths.cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== String(major)) {
    throw new EmbeddedPostgresError(
      `${paths.cluster} was made by PostgreSQL ${version} and this is ${major}: dump it with that version, move it away ${OR_OWN_SERVER}`,
    );
  }
  const password = await readFile(paths.passwordFile, 'utf8').catch(() => '');
  if (password === '') {
    throw new EmbeddedPostgresError(
      `${paths.passwordFile} is missing, so the database cannot be opened: restore it, or move ${paths.home} away to begin anew`,
    );
  }
  return password;
}

/**
 * Makes the cluster unless it is there. It is built in a folder of its own and renamed when complete,
 * so a killed initdb leaves nothing that looks like a cluster, and of two starters one wins.
 * @returns whether a cluster was made
 */
export async function ensureCluster(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: ServerAccount,
): Promise<boolean> {
  await removeLeftovers(paths.dataDir);
  if (isComplete(paths)) return false;
  if (existsSync(paths.home) && (await readdir(paths.home)).length > 0) {
    throw new EmbeddedPostgresError(
      `${paths.home} holds files but no PostgreSQL cluster: move it away ${OR_OWN_SERVER}`,
    );
  }
  const staging = await mkdtemp(join(paths.dataDir, `postgres.new-${process.pid}-`));
  try {
    await initdb(staging, binaries, account);
    await rename(staging, paths.home);
    return true;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (isComplete(paths)) return false;
    throw error;
  }
}

/** What a killed first start left: its process is gone, or it is far too old to be still at work. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = STAGING.exec(name)?.[1];
    if (pid === undefined) continue;
    const folder = join(dataDir, name);
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (processExists(Number(pid)) && age < STAGING_MAX_AGE_MS) continue;
    // An orphaned initdb may still be writing into it: the next start takes away what remains.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function initdb(
  staging: string,
  binaries: PostgresBinaries,
  account: ServerAccount,
): Promise<void> {
  const { cluster, passwordFile } = inside(staging);
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (account.owner) {
    const { uid, gid } = account.owner;
    for (const path of [staging, passwordFile]) await chown(path, uid, gid);
  }
  const { command, args, options } = commandAs(account, binaries.initdb, [
    ...['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    // No locale of the machine, so that every machine sorts alike; the built-in one knows É from e.
    ...['-E', 'UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--no-sync', '--no-instructions'],
  ]);
  try {
    await promisify(execFile)(command, args, options);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new EmbeddedPostgresError(
      `The database could not be created: see the lines of initdb, free some space, choose another DATA_DIR ${OR_OWN_SERVER}`,
      (stderr || String(error)).trim().split('\n').slice(-12),
    );
  }
}
