import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError, OR_OWN_SERVER } from './embedded-postgres.error.js';

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Under whose identity the server runs: PostgreSQL refuses root and users without a passwd entry. */
export interface ServerAccount {
  readonly label: string;
  /** Owner of the files the server writes; absent when it is the user of this process. */
  readonly owner?: Ids;
  readonly inUserNamespace?: true;
}

const NOBODY: Ids = { uid: 65534, gid: 65534 };
const SELF: ServerAccount = { label: 'this user' };
/** PostgreSQL sees uid 65534 there, while every file stays the caller's own: nothing to chown. */
const USER_NAMESPACE: ServerAccount = { label: 'a user namespace', inUserNamespace: true };

/** Accounts worth trying, best first; whoever owns an existing cluster is the only one who may run it. */
export function candidateAccounts(dataDir: string, clusterFile: string): ServerAccount[] {
  if (process.getuid?.() !== 0) return [SELF, USER_NAMESPACE];
  const clusterOwner = ownerOf(clusterFile);
  if (clusterOwner) return [clusterOwner.uid === 0 ? USER_NAMESPACE : as(clusterOwner)];
  const checkoutOwner = ownerOf(dirname(dataDir));
  // Started once with sudo, the checkout's own user can still start it afterwards.
  const ordinary = checkoutOwner && checkoutOwner.uid !== 0 ? [as(checkoutOwner)] : [];
  return [...ordinary, USER_NAMESPACE, { label: 'nobody', owner: NOBODY }];
}

const as = (owner: Ids): ServerAccount => ({ label: `user id ${owner.uid}`, owner });

function ownerOf(path: string): Ids | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && { uid: stats.uid, gid: stats.gid };
}

/** The command line and spawn options that run `command` under `account`. */
export function commandAs(account: ServerAccount, command: string, args: readonly string[]) {
  const namespace = ['--user', '--map-user=65534', '--map-group=65534', command];
  return {
    command: account.inUserNamespace ? 'unshare' : command,
    args: account.inUserNamespace ? [...namespace, ...args] : [...args],
    options: {
      ...account.owner,
      // Nothing of ours: no key in its environment, no PG* variable that changes what it does.
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
    },
  };
}

const NO_PASSWD_ENTRY = 71;
const NO_WAY_IN = 72;
const PROBE = `id -un >/dev/null 2>&1 || exit ${NO_PASSWD_ENTRY}; cd "$1" || exit ${NO_WAY_IN}; exec "$2" --version`;

/** Whether `account` can run the server and reach the data; a refusal says why in a few words. */
export function probeAccount(
  account: ServerAccount,
  dataDir: string,
  postgres: string,
): { major: number } | { refusal: string } {
  const { command, args, options } = commandAs(account, '/bin/sh', [
    '-c',
    PROBE,
    'sh',
    dataDir,
    postgres,
  ]);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
  });
  const major = /PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  if (status === 0 && major) return { major: Number(major) };
  if (status === NO_PASSWD_ENTRY) return { refusal: 'it has no entry in /etc/passwd' };
  if (status === NO_WAY_IN) return { refusal: `it cannot enter ${dataDir}` };
  if (error && 'code' in error && error.code === 'ENOENT') {
    return { refusal: `${command} is not installed` };
  }
  const firstLine = (error?.message ?? stderr ?? '').trim().split('\n')[0];
  return { refusal: firstLine || `${postgres} ended with status ${status}` };
}

/** The one line for when no account will do. */
export function noAccountError(refusals: readonly (readonly [string, string])[]) {
  const reasons = refusals.map(([label, refusal]) => `${label}: ${refusal}`).join('; ');
  const isRoot = process.getuid?.() === 0;
  return new EmbeddedPostgresError(
    isRoot
      ? `PostgreSQL refuses to run as root and no other account can run it here (${reasons}): start as an ordinary user, move the folder ${OR_OWN_SERVER}`
      : `PostgreSQL cannot run here as user id ${process.getuid?.()} (${reasons}): start as another user ${OR_OWN_SERVER}`,
  );
}
