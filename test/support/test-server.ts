import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { clusterPaths } from '../../src/database/postgres-cluster.js';
import { shutDownServer } from '../../src/database/postgres-server.js';
import { findPostmaster, processExists } from '../../src/database/postmaster-pid.js';
import { maintain } from './database-maintenance.js';

export interface TestServer {
  readonly url: string;
  /** Removes everything whose name begins with `template`, and the server when it is ours. */
  release(template: string): Promise<void>;
}

const FOLDER = /^garageconnect-test-(\d+)-/;

/** The server named by `TEST_DATABASE_URL`, else one of our own in a folder that goes with the run. */
export async function obtainTestServer(): Promise<TestServer> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url) return { url, release: (template) => dropDatabases(url, template) };
  await removeAbandonedServers();
  const folder = await mkdtemp(join(tmpdir(), `garageconnect-test-${process.pid}-`));
  // For root, whose server may have to run as nobody: it must be able to pass through.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    databaseName: 'postgres',
    durable: false,
  });
  // Ctrl-C ends the run without releasing anything.
  const postmaster = await findPostmaster(clusterPaths(join(folder, 'data')).cluster);
  const abandon = () => {
    if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  const release = async () => {
    process.off('exit', abandon);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, release };
}

async function dropDatabases(url: string, template: string): Promise<void> {
  const found = await maintain(
    url,
    `SELECT datname FROM pg_database WHERE datname LIKE '${template}%'`,
  );
  for (const { datname } of found)
    await maintain(url, `DROP DATABASE "${String(datname)}" WITH (FORCE)`);
}

/** A test run that was killed outright leaves its server running. */
async function removeAbandonedServers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(FOLDER.exec(name)?.[1]);
    if (!pid || processExists(pid)) continue;
    const folder = join(tmpdir(), name);
    if ((await stat(folder)).uid !== process.getuid?.()) continue;
    for (const dataDir of await readdir(folder)) {
      const { cluster } = clusterPaths(join(folder, dataDir));
      const postmaster = existsSync(cluster) ? await findPostmaster(cluster) : undefined;
      if (postmaster) await shutDownServer(postmaster, cluster);
    }
    await rm(folder, { recursive: true, force: true });
  }
}
