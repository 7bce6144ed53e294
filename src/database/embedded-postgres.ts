import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedPostgresError, asEmbeddedPostgresError } from './embedded-postgres.error.js';
import { prepareDataFolder } from './data-folder.js';
import { locatePostgresBinaries } from './postgres-binaries.js';
import { clusterPaths, ensureCluster, readClusterPassword } from './postgres-cluster.js';
import { lastLogLines, launchServer, shutDownServer } from './postgres-server.js';
import { findPostmaster, isRunning } from './postmaster-pid.js';
import { ServerPresence } from './server-presence.js';
import { type ReachedServer, ServerWatch } from './server-watch.js';

const LAUNCH_LIMIT_MS = 30_000;
/** Long enough for the recovery after a power cut. */
const READY_LIMIT_MS = 120_000;
const REJOIN_LIMIT_MS = 3_000;
const MAX_LAUNCHES = 3;

export interface EmbeddedPostgres {
  /** Connection string of the superuser, password included: never log it. */
  readonly url: string;
  /**
   * Ends the server, unless another process that called `startEmbeddedPostgres` still uses it: the
   * last one out turns off the light. Close your own pools first. Idempotent.
   */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** Created when absent; `garageconnect` by default. */
  readonly databaseName?: string;
  /** False: nothing survives a crash of the machine, for databases that live as long as a test. */
  readonly durable?: boolean;
  readonly onProgress?: (line: string) => void;
}

/**
 * A PostgreSQL of our own on 127.0.0.1, made on the first start and adopted when it is already running
 * there. Any number of processes may start on one folder at once and share the one server. Should it
 * end, killed or crashed, it is started again under the same URL for as long as a process needs it.
 * @throws EmbeddedPostgresError one line that says what to do
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { databaseName = 'garageconnect', onProgress = () => undefined } = options;
  try {
    const server = await reachServer(options, onProgress);
    try {
      await server.presence.ensureDatabase(databaseName);
    } catch (error) {
      await stopServer(server, onProgress);
      throw error;
    }
    onProgress(`PostgreSQL is ready on 127.0.0.1:${server.postmaster.port}`);
    const watch = new ServerWatch(
      server,
      (port) => reachServer(options, onProgress, port),
      onProgress,
    );
    let stopping: Promise<void> | undefined;
    const stop = async () => stopServer(await watch.stop(), onProgress);
    return {
      url: `postgres://postgres:${server.password}@127.0.0.1:${server.postmaster.port}/${encodeURIComponent(databaseName)}`,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    const reported = asEmbeddedPostgresError(error, options.dataDir);
    if (reported instanceof EmbeddedPostgresError) reported.logLines.forEach(onProgress);
    throw reported;
  }
}

async function reachServer(
  { dataDir, durable = true }: EmbeddedPostgresOptions,
  onProgress: (line: string) => void,
  port?: number,
): Promise<ReachedServer> {
  const binaries = locatePostgresBinaries();
  const { folder, account, major } = await prepareDataFolder(dataDir, binaries.postgres);
  const paths = clusterPaths(folder);
  if (await ensureCluster(paths, binaries, account))
    onProgress('A new PostgreSQL cluster was made');
  const password = await readClusterPassword(paths, major);
  const { cluster } = paths;
  const begin = Date.now();
  let launches = 0;
  while (Date.now() < begin + LAUNCH_LIMIT_MS && launches < MAX_LAUNCHES) {
    const postmaster = await findPostmaster(cluster);
    if (postmaster) {
      const isAlive = () => isRunning(postmaster, cluster);
      const door = { port: postmaster.port, password };
      const presence = await ServerPresence.join(door, isAlive, begin + READY_LIMIT_MS);
      if (presence) return { cluster, password, postmaster, presence };
      continue;
    }
    const outcome = await launchServer(paths, binaries, account, durable, port);
    if (outcome === 'refused for now') await pause(100);
    else launches += 1;
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL did not start in ${dataDir}: read ${paths.logFile}, move the folder away to begin anew, or set DATABASE_URL`,
    lastLogLines(paths.logFile),
  );
}

async function stopServer(
  { cluster, password, postmaster, presence }: ReachedServer,
  onProgress: (line: string) => void,
): Promise<void> {
  let place: ServerPresence | undefined = presence;
  let isLast = await place.leave();
  if (isLast === undefined) {
    // The server had ended our connection, as it does with all when one of its processes crashes.
    const isAlive = () => isRunning(postmaster, cluster);
    const door = { port: postmaster.port, password };
    place = await ServerPresence.join(door, isAlive, Date.now() + REJOIN_LIMIT_MS);
    isLast = await place?.leave();
  }
  if (isLast === false) onProgress('PostgreSQL is left running for another process');
  else await shutDownServer(postmaster, cluster);
  await place?.close();
}
