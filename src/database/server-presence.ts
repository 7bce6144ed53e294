import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

/** Any number, the same in every process that uses the embedded server. */
const PRESENCE_LOCK = 7_203_515;
const WRONG_PASSWORD = '28P01';
const ALREADY_THERE = new Set(['42P04', '23505']);

/**
 * A process's place at a shared server: one connection that holds a shared advisory lock. Whoever
 * gets that lock exclusively is the last one. The lock goes with the process, however it ends, and a
 * process that arrives while the last one is closing waits and then starts a new server.
 */
export class ServerPresence {
  /** Resolves when the connection has ended, by whomever. */
  readonly lost: Promise<void>;
  private isConnected = true;

  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    this.lost = new Promise((resolve) => {
      const lose = () => {
        this.isConnected = false;
        resolve();
      };
      client.on('error', lose);
      client.on('end', lose);
    });
  }

  /** Waits for the server to accept; undefined when it ended meanwhile or `deadline` (ms) has passed. */
  static async join(
    { port, password }: { port: number; password: string },
    isAlive: () => Promise<boolean>,
    deadline: number,
  ): Promise<ServerPresence | undefined> {
    while (Date.now() < deadline && (await isAlive())) {
      const socket = new Socket();
      const client = new Client({
        ...{ host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' },
        ...{ ssl: false, application_name: 'garageconnect-presence', stream: () => socket },
        connectionTimeoutMillis: 5_000,
      });
      const presence = new ServerPresence(client, socket);
      try {
        await client.connect();
        await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
        return presence;
      } catch (error) {
        socket.destroy();
        if (error instanceof DatabaseError && error.code === WRONG_PASSWORD) throw wrongPassword();
        await pause(25);
      }
    }
    return undefined;
  }

  async ensureDatabase(name: string): Promise<void> {
    const found = await this.client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount !== 0) return;
    try {
      await this.client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
    } catch (error) {
      // Another process made it at the same moment.
      if (error instanceof DatabaseError && ALREADY_THERE.has(error.code ?? '')) return;
      throw error;
    }
  }

  /** From here on the process may end without leaving first. */
  unref(): void {
    this.socket.unref();
  }

  /**
   * Gives the place up. True: nobody else is there, and nobody can join until `close()`, so the server
   * may be ended. Undefined: the connection was lost, nothing is known.
   */
  async leave(): Promise<boolean | undefined> {
    if (!this.isConnected) return undefined;
    this.socket.ref();
    try {
      await this.client.query('SELECT pg_advisory_unlock_shared($1)', [PRESENCE_LOCK]);
      const answer = await this.client.query<{ last: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS last',
        [PRESENCE_LOCK],
      );
      return answer.rows[0]?.last;
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    if (this.isConnected) await this.client.end().catch(() => undefined);
    this.socket.destroy();
  }
}

const wrongPassword = () =>
  new EmbeddedPostgresError(
    'The running embedded PostgreSQL refuses the password in its password file: restore that file, or stop the server and move the data folder away to begin anew',
  );
