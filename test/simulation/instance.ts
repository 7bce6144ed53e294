import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { closeApplication, createApplication } from '../../src/application.js';
import { ALL_CHANNELS, type Channel, type OutboundMessage } from '../../src/channels/channel.js';
import { AppLogger } from '../../src/common/app-logger.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { DispatcherService } from '../../src/notifications/dispatcher.service.js';
import { CheckoutSessionsTicker } from '../../src/orders/checkout-sessions.ticker.js';
import { DeliveryCheckService } from '../../src/notifications/delivery-check.service.js';
import { RefundsTicker } from '../../src/payments/refunds.ticker.js';
import { CheckoutGateway } from '../../src/stripe/checkout.gateway.js';
import { PaymentsGateway } from '../../src/stripe/payments.gateway.js';
import { Life } from './life.js';
import type { SendLedger } from './send-ledger.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface HttpOptions {
  readonly as?: 'admin' | 'shop' | 'counter' | 'cron';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What all instances have in common. */
export interface Surroundings {
  readonly config: AppConfig;
  readonly ledger: SendLedger;
  /** Every log line and every error's body. */
  readonly spoken: string[];
  readonly onInterrupt: (instance: Instance, how: 'killed' | 'paused', edge: string) => void;
}

/** Ports and adapters whose methods are calls to Stripe. */
const GATEWAYS = [CheckoutGateway, PaymentsGateway];
const TICKERS = {
  checkout: CheckoutSessionsTicker,
  refunds: RefundsTicker,
  'delivery check': DeliveryCheckService,
} as const;
const GATEWAY_CALLS = new Set([
  'createSession',
  'expireSession',
  'readSession',
  'findOpenSession',
  'listEvents',
  'createRefund',
]);

/**
 * One process of the application: the real one on a real port, whose timers are the schedule's. It is
 * killed at its edges: whatever it was doing never goes on, and its sockets are gone.
 */
export class Instance {
  readonly life: Life;
  private stopping: Promise<void> | null = null;

  private constructor(
    readonly name: string,
    readonly app: NestFastifyApplication,
    private readonly around: Surroundings,
  ) {
    this.life = new Life((how, edge) => {
      if (how === 'killed') this.cutSockets();
      this.around.ledger.interrupted(this.name);
      this.around.onInterrupt(this, how, edge);
    });
    this.guardDatabase();
    for (const token of GATEWAYS) this.guardGateway(app.get<object>(token));
    for (const channel of app.get<readonly Channel[]>(ALL_CHANNELS)) this.guardChannel(channel);
  }

  static async start(name: string, around: Surroundings): Promise<Instance> {
    const logger = AppLogger.create('info', { write: (line) => around.spoken.push(line) });
    const app = await createApplication(around.config, logger);
    await app.listen({ port: 0, host: '127.0.0.1' });
    return new Instance(name, app, around);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo | null)?.port ?? 1}`;
  }

  get pool(): Pool {
    return (this.app.get(DataSource).driver as unknown as { master: Pool }).master;
  }

  /** Null: no answer came. */
  async http(method: string, path: string, options: HttpOptions = {}): Promise<Answer | null> {
    const { adminKeys, shopKeys, counterKeys, cronSecret } = this.around.config.access;
    const keys = {
      admin: adminKeys[0],
      shop: shopKeys[0],
      counter: counterKeys[0],
      cron: cronSecret,
    };
    try {
      const answer = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(options.as && { authorization: `Bearer ${keys[options.as]}` }),
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
          ...options.headers,
        },
        body: options.body === undefined ? null : JSON.stringify(options.body),
      });
      const text = await answer.text();
      if (answer.status >= 400) this.around.spoken.push(text);
      return { status: answer.status, body: (text ? JSON.parse(text) : {}) as Answer['body'] };
    } catch {
      return null;
    }
  }

  async drain(): Promise<number> {
    const sent = await this.app.get(DispatcherService).drain();
    await this.around.ledger.settled(this.name);
    return sent;
  }

  /** What a timer of a worker does. */
  async tick(what: keyof typeof TICKERS): Promise<void> {
    await this.app.get<{ tick(): Promise<unknown> }>(TICKERS[what]).tick();
  }

  async stop(): Promise<void> {
    if (this.life.dead) return;
    this.life.disarm();
    this.life.wake();
    await (this.stopping ??= closeApplication(this.app));
  }

  private get server(): Server {
    return this.app.getHttpServer();
  }

  private cutSockets(): void {
    for (const client of clientsOf(this.pool)) socketOf(client).destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  private guardDatabase(): void {
    const { pool } = this;
    for (const client of clientsOf(pool)) this.guardClient(client);
    pool.on('connect', (client) => this.guardClient(client as Client));
    const connect = pool.connect.bind(pool) as (...given: unknown[]) => Promise<Client>;
    Object.assign(pool, {
      connect: (...given: unknown[]) => {
        // A dead process opens no connection; whoever asks waits for ever.
        if (this.life.dead) return new Promise(() => undefined);
        return connect(...given);
      },
    });
  }

  private guardClient(client: Client): void {
    if (this.life.dead) socketOf(client).destroy();
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const guarded = (...given: unknown[]): unknown => {
      const [text] = given;
      if (typeof text !== 'string' || typeof given.at(-1) === 'function') return query(...given);
      return this.life.around(nameOf(text), false, () => query(...given) as Promise<unknown>);
    };
    Object.assign(client, { query: guarded });
  }

  private guardGateway(gateway: object): void {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(gateway));
    for (const name of methods.filter((one) => GATEWAY_CALLS.has(one))) {
      const call = (gateway as Record<string, (...given: unknown[]) => Promise<unknown>>)[name]!;
      const guarded = (...given: unknown[]): Promise<unknown> =>
        this.life.around(`Stripe ${name}`, true, () => call.apply(gateway, given));
      Object.assign(gateway, { [name]: guarded });
    }
  }

  private guardChannel(channel: Channel): void {
    const { life, around } = this;
    const send = channel.send.bind(channel);
    const find = channel.find.bind(channel);
    Object.assign(channel, {
      send: (message: OutboundMessage) =>
        life.around(`${channel.name} send`, true, () =>
          around.ledger.sending(this.name, channel.name, message.notificationId, () =>
            send(message),
          ),
        ),
      find: (...given: Parameters<Channel['find']>) =>
        life.around(`${channel.name} find`, true, () => find(...given)),
    });
  }
}

const clientsOf = (pool: Pool): Client[] => (pool as unknown as { _clients: Client[] })._clients;

const socketOf = (client: Client): { destroy(): void } =>
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;

/** `UPDATE notifications`, `COMMIT`: enough to tell where it was. */
const nameOf = (sql: string): string =>
  /(?:INSERT INTO|UPDATE|DELETE FROM|FROM)\s+"?\w+"?/.exec(sql)?.[0] ?? sql.slice(0, 20).trim();
