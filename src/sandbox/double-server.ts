import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The fault scripted for this request, if any is still to strike. */
    fault: Fault | null;
  }
}

/** A request as it arrived, body parsed. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly at: Date;
}

/**
 * How a provider fails. `accepted`: the work is done before the fault strikes, so the caller cannot
 * tell. `saved`: the status is the first result of the request's idempotency key and is replayed
 * for it (docs.stripe.com/api/idempotent_requests); only the Stripe double knows such keys.
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** An object is sent as JSON, a string as it is (HTML when it starts with `<`), nothing as an empty body. */
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly accepted?: boolean;
      readonly saved?: boolean;
    }
  /** No answer; the connection stays as it is, or is cut after a while, as by a proxy in between. */
  | { readonly kind: 'hang'; readonly accepted?: boolean; readonly cutAfterMs?: number }
  | { readonly kind: 'reset'; readonly accepted?: boolean }
  /** The work is done, half of the answer is sent, then the connection is cut. */
  | { readonly kind: 'truncate' }
  /** The work starts only after the pause, whether or not the caller still waits. */
  | { readonly kind: 'delay'; readonly ms: number };

/** Which requests a fault strikes: all when nothing is given, the first one only unless `times` says so. */
export interface FaultMatch {
  readonly method?: string;
  /** Tested against the path without its query. */
  readonly path?: RegExp;
  readonly times?: number;
}

/** Faults still to come, in the order they were scripted. */
export class FaultPlan {
  private rules: { match: FaultMatch; fault: Fault; left: number }[] = [];

  add(rule: FaultMatch & Fault): this {
    this.rules.push({ match: rule, fault: rule, left: rule.times ?? 1 });
    return this;
  }

  clear(): void {
    this.rules = [];
  }

  /** How many faults have not struck yet. */
  get pending(): number {
    return this.rules.reduce((sum, rule) => sum + rule.left, 0);
  }

  take(method: string, path: string): Fault | null {
    const rule = this.rules.find(
      ({ match }) =>
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || match.path.test(path)),
    );
    if (!rule) return null;
    rule.left -= 1;
    if (rule.left <= 0) this.rules = this.rules.filter((other) => other !== rule);
    return rule.fault;
  }
}

/** Where a double keeps what it knows between two runs; the state is plain JSON. */
export interface Snapshot {
  /** What was saved last, null when there is nothing. */
  load(): unknown;
  save(state: unknown): void;
}

const SAVE_PAUSE_MS = 250;

/** Saves a changing state at most four times a second: the first change at once, the last one always. */
export class SnapshotKeeper {
  private timer: NodeJS.Timeout | null = null;
  private stale = false;

  constructor(
    private readonly snapshot: Snapshot | undefined,
    private readonly state: () => unknown,
  ) {}

  changed(): void {
    if (!this.snapshot) return;
    this.stale = true;
    this.timer ??= setTimeout(() => this.save(), 0).unref();
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.stale) this.snapshot?.save(this.state());
    this.stale = false;
  }

  private save(): void {
    const { stale } = this;
    this.flush();
    if (stale) this.timer = setTimeout(() => this.save(), SAVE_PAUSE_MS).unref();
  }
}

/** Old requests are forgotten beyond this many, so that a long-lived sandbox does not grow for ever. */
const REQUESTS_KEPT = 20_000;

/** The HTTP side every double shares: a real socket on 127.0.0.1, scripted faults, a record of requests. */
export class DoubleServer {
  readonly app: FastifyInstance;
  readonly faults = new FaultPlan();
  readonly requests: RecordedRequest[] = [];
  private readonly http: Server = createServer();
  private port = 0;

  constructor(parseForm: (body: string) => unknown) {
    // Our own server, because fastify's cannot listen again once it was closed.
    this.app = fastify({ serverFactory: (handler) => this.http.on('request', handler) });
    this.app.decorateRequest('fault', null);
    this.app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, parseForm(String(body))),
    );
    this.app.addHook('preHandler', (request, reply) => this.strikeBefore(request, reply));
    this.app.addHook('onSend', (request, reply, payload, done) => {
      if (!strikeAfter(request, reply, payload, done)) done(null, payload);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Port 0 takes a free one. */
  async listen(port: number): Promise<void> {
    await this.app.ready();
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => {
        this.http.off('error', reject);
        resolve();
      });
    });
    this.port = (this.http.address() as AddressInfo).port;
  }

  /** Every connection is refused, as when the provider cannot be reached, until `up`. */
  async down(): Promise<void> {
    if (!this.http.listening) return;
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    await closed;
  }

  async up(): Promise<void> {
    if (!this.http.listening) await this.listen(this.port);
  }

  async stop(): Promise<void> {
    await this.down();
    await this.app.close();
  }

  /** As if it had just been started. */
  forget(): void {
    this.faults.clear();
    this.requests.length = 0;
  }

  /** A copy of the record, narrowed to one method and path. */
  requestsTo(method: string, path: RegExp): RecordedRequest[] {
    return this.requests.filter((one) => one.method === method && path.test(one.path));
  }

  private async strikeBefore(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const path = request.url.split('?')[0] ?? '';
    const { method, headers, body } = request;
    this.requests.push({
      method,
      path,
      query: { ...(request.query as object) },
      headers,
      body,
      at: new Date(),
    });
    if (this.requests.length > REQUESTS_KEPT) this.requests.shift();
    const fault = this.faults.take(method, path);
    request.fault = fault;
    if (!fault || fault.kind === 'truncate' || fault.kind === 'delay') return;
    if (fault.accepted || (fault.kind === 'status' && fault.saved)) return;
    request.fault = null;
    if (fault.kind === 'status') await sendFault(reply, fault);
    else cut(request, fault);
    if (fault.kind !== 'status') await new Promise(() => undefined);
  }
}

/** Handlers call it before they work: it is where a scripted delay is spent. */
export async function hold(request: FastifyRequest): Promise<void> {
  if (request.fault?.kind === 'delay') await pause(request.fault.ms, undefined, { ref: false });
}

type StatusFault = Extract<Fault, { kind: 'status' }>;

const faultContentType = (body: unknown): string =>
  typeof body !== 'string' ? 'application/json' : body.startsWith('<') ? 'text/html' : 'text/plain';

const faultBody = ({ body }: StatusFault): string =>
  body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);

function dress(reply: FastifyReply, fault: StatusFault): void {
  reply.code(fault.status).header('content-type', faultContentType(fault.body));
  reply.headers({ ...fault.headers });
}

function sendFault(reply: FastifyReply, fault: StatusFault): FastifyReply {
  dress(reply, fault);
  return reply.send(faultBody(fault));
}

function cut({ raw }: FastifyRequest, fault: Extract<Fault, { kind: 'reset' | 'hang' }>): void {
  if (fault.kind === 'reset') raw.socket.resetAndDestroy();
  else if (fault.cutAfterMs !== undefined) {
    setTimeout(() => raw.socket.resetAndDestroy(), fault.cutAfterMs);
  }
}

/** Answers true when the fault took over the answer. */
function strikeAfter(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload: unknown) => void,
): boolean {
  const { fault } = request;
  if (!fault || fault.kind === 'delay' || (fault.kind === 'status' && !fault.accepted))
    return false;
  if (fault.kind === 'status') {
    dress(reply, fault);
    done(null, faultBody(fault));
  } else if (fault.kind === 'reset' || fault.kind === 'hang') {
    cut(request, fault);
  } else if (fault.kind === 'truncate') {
    const whole = String(payload);
    reply.raw.writeHead(reply.statusCode, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(whole),
    });
    reply.raw.write(whole.slice(0, whole.length / 2), () => request.raw.socket.destroy());
  }
  return true;
}
