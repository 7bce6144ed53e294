import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** The simple query as node-postgres sends it. */
const COMMIT = 'COMMIT\0';

/** Whether the COMMIT reached the server whose answer never came. */
export type CommitFate = 'arrives' | 'is lost';

/** A line to a server that can be cut: what stands behind it goes on undisturbed. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private isSilent = false;
  private commit: { fate: CommitFate; sign: string; skip: number } | null = null;
  private delayMs = 0;

  private constructor(
    private target: { readonly host: string; readonly port: number },
    private readonly server: Server,
  ) {}

  static async to(url: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(targetOf(url), server);
    server.on('connection', (socket) => proxy.forward(socket));
    await proxy.listen();
    return proxy;
  }

  /** The same URL by way of this line. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(this.port);
    return proxied.href;
  }

  /** New connections go there, as when the server has come back on another port. */
  aimAt(url: string): void {
    this.target = targetOf(url);
  }

  /** Everything that passes is late by so much; 0 ends it. */
  slowDown(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Every connection ends at once with a reset; new ones are let through. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Cuts every connection; new ones are refused until `mend`. */
  async cut(): Promise<void> {
    if (!this.server.listening) return;
    this.isSilent = false;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.reset();
    await closed;
  }

  /** Nothing passes any more and nobody is told, as when a server vanishes; those connections stay dead. */
  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /**
   * Cuts the connection that says COMMIT next, or after so many others: its client cannot tell
   * whether the transaction was committed. A statement that is a transaction by itself says no such
   * word: it is known by a value that it carries.
   */
  cutAtCommit(fate: CommitFate, { carrying = COMMIT, skip = 0 } = {}): void {
    this.commit = { fate, sign: carrying, skip };
  }

  /** New connections are let through again. */
  async mend(): Promise<void> {
    this.isSilent = false;
    if (!this.server.listening) await this.listen();
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  private forward(near: Socket): void {
    if (this.isSilent) {
      this.sockets.add(near.on('error', () => undefined));
      return;
    }
    const far = connect(this.target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true).on('error', () => undefined);
      one.once('close', () => {
        this.sockets.delete(one);
        // One that has said all it had to say is heard to the end.
        if (!one.readableEnded) other.destroy();
      });
    }
    const back = this.line();
    near
      .pipe(this.gate(near, far, back))
      .pipe(this.line())
      .pipe(far);
    far.pipe(back).pipe(near);
  }

  /** What the client says on its way to the server. */
  private gate(near: Socket, far: Socket, back: Transform): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, pass) => {
        const fate = this.takeCommit(chunk);
        if (fate === 'arrives') {
          far.unpipe(back).once('data', () => near.resetAndDestroy());
          far.resume();
        }
        if (fate === 'is lost') near.resetAndDestroy();
        pass(null, fate === 'is lost' ? undefined : chunk);
      },
    });
  }

  private takeCommit(chunk: Buffer): CommitFate | null {
    const { commit } = this;
    if (commit === null || !chunk.includes(commit.sign)) return null;
    commit.skip -= 1;
    if (commit.skip >= 0) return null;
    this.commit = null;
    return commit.fate;
  }

  /** What is on the line when it falls silent is lost. */
  private line(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const pass = () => (this.isSilent ? done() : done(null, chunk));
        if (this.delayMs > 0) setTimeout(pass, this.delayMs);
        else pass();
      },
    });
  }
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}
