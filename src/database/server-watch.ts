import { setTimeout as pause } from 'node:timers/promises';
import type { Postmaster } from './postmaster-pid.js';
import type { ServerPresence } from './server-presence.js';

/** A running server and our place at it. */
export interface ReachedServer {
  readonly cluster: string;
  readonly password: string;
  readonly postmaster: Postmaster;
  readonly presence: ServerPresence;
}

const RETRY_PAUSE_MS = 2_000;

/**
 * Keeps a shared server running: when our connection to it is lost, the server is started again on the
 * same port, or joined where it or another process did so, and the pools find it by themselves.
 */
export class ServerWatch {
  private isStopped = false;
  private reviving: Promise<void> | undefined;

  constructor(
    private server: ReachedServer,
    /** Launches or joins the server; on this port where it has to be launched. */
    private readonly reach: (port: number) => Promise<ReachedServer>,
    private readonly onProgress: (line: string) => void,
  ) {
    void this.watch();
  }

  /** No more restarts; answers the server as it is now, once a restart that is under way has ended. */
  async stop(): Promise<ReachedServer> {
    this.isStopped = true;
    await this.reviving;
    return this.server;
  }

  private async watch(): Promise<void> {
    this.server.presence.unref();
    await this.server.presence.lost;
    if (!this.isStopped) this.reviving = this.revive();
  }

  /** Never throws. */
  private async revive(): Promise<void> {
    const { port } = this.server.postmaster;
    await this.server.presence.close();
    this.onProgress('The embedded PostgreSQL has gone: it is started again');
    while (!this.isStopped) {
      try {
        this.server = await this.reach(port);
        this.onProgress(`PostgreSQL is ready again on 127.0.0.1:${this.server.postmaster.port}`);
        void this.watch();
        return;
      } catch (error) {
        this.onProgress(`PostgreSQL could not be started again: ${(error as Error).message}`);
        await pause(RETRY_PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}
