import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { SnapshotKeeper, type Snapshot } from '../double-server.js';
import { MailFaultPlan, type MailFault, type MailStage } from './mail-faults.js';
import {
  readMail,
  restoreMail,
  storeMail,
  type MailMessage,
  type StoredMail,
} from './mail-message.js';

export interface MailDoubleOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Asked for only when given; then any other pair is refused with 535. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly now?: () => Date;
  readonly snapshot?: Snapshot;
}

type Done = (error?: Error | null) => void;

const replyOf = (fault: Extract<MailFault, { kind: 'reply' }>): Error =>
  Object.assign(new Error(fault.message ?? 'Scripted failure'), { responseCode: fault.code });

/** An SMTP server on a local socket that keeps what it is sent, without STARTTLS. */
export class MailDouble {
  readonly faults = new MailFaultPlan();
  private readonly kept: MailMessage[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly smtp: SMTPServer;
  private readonly keeper: SnapshotKeeper;
  private port = 0;

  private constructor(private readonly options: MailDoubleOptions) {
    this.keeper = new SnapshotKeeper(options.snapshot, () => this.kept.map(storeMail));
    this.smtp = new SMTPServer({
      authOptional: !options.credentials,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      onAuth: ({ username, password }, _session, done) => {
        const { credentials } = options;
        const isKnown =
          !credentials || (username === credentials.user && password === credentials.password);
        if (isKnown) done(null, { user: username ?? '' });
        else done(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
      },
      onConnect: (session, done) => this.orFault('CONNECT', session, done),
      onRcptTo: (_address, session, done) => this.orFault('RCPT', session, done),
      onData: (stream, session, done) => void this.receive(stream, session, done),
    });
    // A client that goes away in the middle is its own affair.
    this.smtp.on('error', () => undefined);
    this.smtp.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(options: MailDoubleOptions = {}): Promise<MailDouble> {
    const double = new MailDouble(options);
    // What the snapshot holds was written from `storeMail`.
    const stored = (options.snapshot?.load() ?? []) as StoredMail[];
    double.kept.push(...stored.map(restoreMail));
    await double.listen(options.port ?? 0);
    return double;
  }

  /** `smtp://127.0.0.1:port` */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Oldest first. */
  get messages(): readonly MailMessage[] {
    return this.kept;
  }

  messagesTo(address: string): MailMessage[] {
    return this.kept.filter(({ to }) => to.includes(address));
  }

  /** Everything is forgotten; the address stays. */
  forget(): void {
    this.faults.clear();
    this.kept.length = 0;
  }

  /** Refuses every connection until `up`. */
  async down(): Promise<void> {
    if (!this.smtp.server.listening) return;
    const closed = new Promise<void>((resolve) => this.smtp.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async up(): Promise<void> {
    if (!this.smtp.server.listening) await this.listen(this.port);
  }

  async stop(): Promise<void> {
    await this.down();
    this.keeper.flush();
  }

  private async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.smtp.server.once('error', reject);
      this.smtp.listen(port, '127.0.0.1', () => {
        this.smtp.server.off('error', reject);
        resolve();
      });
    });
    this.port = (this.smtp.server.address() as AddressInfo).port;
  }

  private orFault(stage: MailStage, session: SMTPServerSession, done: Done): void {
    this.strike(this.faults.take(stage), session, done);
  }

  private strike(fault: MailFault | null, { remotePort }: SMTPServerSession, done: Done): void {
    if (!fault) return done();
    if (fault.kind === 'reply') return done(replyOf(fault));
    const socket = [...this.sockets].find((one) => one.remotePort === remotePort);
    if (fault.kind === 'cut') socket?.destroy();
    else if (fault.cutAfterMs !== undefined) {
      setTimeout(() => socket?.resetAndDestroy(), fault.cutAfterMs);
    }
  }

  private async receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: Done,
  ): Promise<void> {
    const { envelope } = session;
    try {
      const raw = await buffer(stream);
      const fault = this.faults.take('DATA');
      if (!fault || fault.accepted) {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        const at = this.options.now?.() ?? new Date();
        this.kept.push(await readMail(raw, recipients, at));
        this.keeper.changed();
      }
      this.strike(fault, session, done);
    } catch (error) {
      done(error instanceof Error ? error : new Error('unreadable message'));
    }
  }
}
