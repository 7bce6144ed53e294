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
  private commit: { fate: CommitFate; skip: number } | null = null;

  private constructor(
    private readonly target: { readonly host: string; readonly port: number },
    private readonly server: Server,
  ) {}

  static async to(url: string): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    const server = createServer();
    const proxy = new TcpProxy({ host, port: Number(port) }, server);
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

  /** Cuts every connection; new ones are refused until `mend`. */
  async cut(): Promise<void> {
    if (!this.server.listening) return;
    this.isSilent = false;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }

  /** Nothing passes any more and nobody is told, as when a server vanishes; those connections stay dead. */
  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /**
   * Cuts the connection that says COMMIT next, or after so many others: its client cannot tell
   * whether the transaction was committed.
   */
  cutAtCommit(fate: CommitFate, skip = 0): void {
    this.commit = { fate, skip };
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
        other.destroy();
      });
    }
    near.pipe(this.gate(near, far)).pipe(far);
    far.pipe(near);
  }

  /** What the client says on its way to the server. */
  private gate(near: Socket, far: Socket): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, pass) => {
        const fate = chunk.includes(COMMIT) ? this.takeCommit() : null;
        if (fate === 'arrives') {
          far.unpipe(near).once('data', () => near.resetAndDestroy());
          far.resume();
        }
        if (fate === 'is lost') near.resetAndDestroy();
        pass(null, fate === 'is lost' ? undefined : chunk);
      },
    });
  }

  private takeCommit(): CommitFate | null {
    const { commit } = this;
    if (commit === null) return null;
    commit.skip -= 1;
    if (commit.skip >= 0) return null;
    this.commit = null;
    return commit.fate;
  }
}
