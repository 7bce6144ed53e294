import { access, chown, constants, mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { clusterPaths } from './postgres-cluster.js';
import {
  type ServerAccount,
  candidateAccounts,
  noAccountError,
  probeAccount,
} from './server-account.js';

export interface DataFolder {
  /** Its real path, which every process then sees alike. */
  readonly folder: string;
  /** The account that can run the server on it. */
  readonly account: ServerAccount;
  readonly major: number;
}

/** Makes the data folder (0700) unless it is there, and finds the account that can work in it. */
export async function prepareDataFolder(dataDir: string, postgres: string): Promise<DataFolder> {
  const wanted = resolve(dataDir);
  await mkdir(dirname(wanted), { recursive: true });
  const isNew = (await mkdir(wanted, { recursive: true, mode: 0o700 })) !== undefined;
  await access(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
  const folder = await realpath(wanted);
  const refusals: [string, string][] = [];
  for (const account of candidateAccounts(
    folder,
    join(clusterPaths(folder).cluster, 'PG_VERSION'),
  )) {
    const isGiven = !isNew || (await give(folder, account));
    const probe = isGiven
      ? probeAccount(account, folder, postgres)
      : { refusal: `${folder} cannot be given to it` };
    if ('major' in probe) return { folder, account, major: probe.major };
    refusals.push([account.label, probe.refusal]);
  }
  if (isNew) await rmdir(folder);
  throw noAccountError(refusals);
}

/** A folder made by root belongs to whoever runs the server; false when root may not give it away. */
async function give(folder: string, { owner }: ServerAccount): Promise<boolean> {
  if (process.getuid?.() !== 0) return true;
  return chown(folder, owner?.uid ?? 0, owner?.gid ?? 0).then(
    () => true,
    () => false,
  );
}
