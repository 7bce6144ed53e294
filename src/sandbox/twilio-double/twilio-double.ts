import { setMaxListeners } from 'node:events';
import {
  DoubleServer,
  SnapshotKeeper,
  type FaultPlan,
  type RecordedRequest,
  type Snapshot,
} from '../double-server.js';
import type { DeliveryFates } from './delivery-fate.js';
import { inboundParams, repliesOf, type InboundOptions } from './inbound.js';
import { MessageLife } from './message-life.js';
import type { SendRequest } from './send-request.js';
import { signedPost } from './signed-post.js';
import {
  sendStatusCallbacks,
  type CallbackContext,
  type CallbackOptions,
} from './status-callbacks.js';
import { registerTwilioApi } from './twilio-api.js';
import { parseTwilioForm } from './twilio-form.js';
import {
  isWhatsapp,
  newMessageSid,
  restoreMessage,
  storeMessage,
  type CallbackAttempt,
  type StoredTwilioMessage,
  type TwilioMessage,
  type TwilioMessageStatus,
} from './twilio-message.js';

export interface TwilioDoubleOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly accountSid: string;
  readonly authToken: string;
  /** `auto` goes through the statuses by itself; `manual` waits for `advance` or `callback`. */
  readonly deliver: 'auto' | 'manual';
  /** Pause before each status in `auto`. */
  readonly statusDelayMs?: number;
  /** Where `receive` posts; public, as it is what the signature covers. */
  readonly inboundUrl?: string | (() => string);
  /** Turns a public URL of the application into one that can be reached from here. */
  readonly reach?: (publicUrl: string) => string;
  /** Addresses the account owns; every well-formed one when not given. */
  readonly senders?: readonly string[];
  /** Free WhatsApp text outside the 24 hour window fails with 63016. */
  readonly enforceWindow?: boolean;
  readonly now?: () => Date;
  readonly snapshot?: Snapshot;
}

/** Twilio's shared WhatsApp sandbox number, where a person writes who was never written to. */
const DEFAULT_WHATSAPP = 'whatsapp:+14155238886';
const DEFAULT_SMS = '+15005550006';

/** Twilio Messaging on a local socket, for the sandbox and for tests: the real SDK talks to it unchanged. */
export class TwilioDouble {
  private readonly server = new DoubleServer(parseTwilioForm);
  private readonly stopped = new AbortController();
  private readonly kept: TwilioMessage[] = [];
  private readonly context: CallbackContext;
  private readonly life: MessageLife;
  private readonly keeper: SnapshotKeeper;
  private readonly now: () => Date;

  private constructor(private readonly options: TwilioDoubleOptions) {
    // A listener a message on the wire: many are no leak.
    setMaxListeners(0, this.stopped.signal);
    this.now = options.now ?? (() => new Date());
    this.keeper = new SnapshotKeeper(options.snapshot, () => this.kept.map(storeMessage));
    this.context = {
      authToken: options.authToken,
      reach: options.reach ?? ((url) => url),
      stopped: this.stopped.signal,
    };
    this.life = new MessageLife(this.context, {
      deliver: options.deliver,
      statusDelayMs: options.statusDelayMs ?? 300,
      enforceWindow: options.enforceWindow ?? false,
      now: this.now,
      lastInboundAt: (address) =>
        this.kept.findLast((one) => one.direction === 'inbound' && one.from === address)?.at ??
        null,
      changed: () => this.keeper.changed(),
    });
    const { accountSid, authToken, senders } = options;
    registerTwilioApi(this.server.app, {
      accountSid,
      authToken,
      senders,
      messages: this.kept,
      accept: (request) => this.accept(request),
    });
  }

  static async start(options: TwilioDoubleOptions): Promise<TwilioDouble> {
    const double = new TwilioDouble(options);
    // What the snapshot holds was written from `storeMessage`.
    const stored = (options.snapshot?.load() ?? []) as StoredTwilioMessage[];
    double.kept.push(...stored.map(restoreMessage));
    await double.server.listen(options.port ?? 0);
    double.resume();
    return double;
  }

  /** Base URL, without a trailing slash. */
  get url(): string {
    return this.server.url;
  }

  get faults(): FaultPlan {
    return this.server.faults;
  }

  /** Failures told after the 201. */
  get fates(): DeliveryFates {
    return this.life.fates;
  }

  get requests(): readonly RecordedRequest[] {
    return this.server.requests;
  }

  requestsTo(method: string, path: RegExp): RecordedRequest[] {
    return this.server.requestsTo(method, path);
  }

  /** Sent and received, oldest first. */
  get messages(): readonly TwilioMessage[] {
    return this.kept;
  }

  /** What was sent to a person, oldest first; `+33…` or `whatsapp:+33…`. */
  messagesTo(address: string): TwilioMessage[] {
    return this.kept.filter((one) => one.to === address && one.direction !== 'inbound');
  }

  /** Sets a message's status and posts it to its StatusCallback. */
  async advance(
    sid: string,
    status: TwilioMessageStatus,
    options: CallbackOptions = {},
  ): Promise<CallbackAttempt[]> {
    return this.life.advance(this.find(sid), status, options);
  }

  /** Posts a status without changing the message: late, repeated, forged, out of order. */
  async callback(
    sid: string,
    status: TwilioMessageStatus,
    options: CallbackOptions = {},
  ): Promise<CallbackAttempt[]> {
    return sendStatusCallbacks(this.find(sid), status, options, this.context);
  }

  /** What happens to a message without a callback, as when Twilio's never arrive. */
  proceed(sid: string, status: TwilioMessageStatus, errorCode: number | null = null): void {
    Object.assign(this.find(sid), { status, errorCode, updatedAt: this.now() });
    this.keeper.changed();
  }

  /** The message is gone from the account, as after its retention. */
  forgetMessage(sid: string): void {
    this.kept.splice(this.kept.indexOf(this.find(sid)), 1);
    this.keeper.changed();
  }

  /** A person writes to the shop: posts the signed inbound webhook and sends what its TwiML answers. */
  async receive(
    from: string,
    body: string,
    options: InboundOptions = {},
  ): Promise<CallbackAttempt> {
    const { inboundUrl, accountSid } = this.options;
    const url = typeof inboundUrl === 'function' ? inboundUrl() : inboundUrl;
    if (!url) throw new Error('no inboundUrl is set');
    const to = options.to ?? this.addressOfShopFor(from);
    const message = this.keep({ from, to, body }, 'inbound');
    const params = inboundParams({ sid: message.sid, accountSid, from, to, body }, options);
    const authToken = options.authToken ?? this.options.authToken;
    const attempt = await signedPost(
      { url, params, authToken },
      this.context.reach,
      this.context.stopped,
    );
    message.callbacks.push(attempt);
    if (attempt.status === 200) {
      for (const reply of repliesOf(attempt.body)) {
        this.keep({ from: to, to: from, body: reply }, 'outbound-reply');
      }
    }
    return attempt;
  }

  /** Waits until no message moves by itself any more. */
  settled(): Promise<void> {
    return this.life.settled();
  }

  /** Everything is forgotten, as at a new account; the address stays. Call it when all is settled. */
  forget(): void {
    this.server.forget();
    this.fates.clear();
    this.kept.length = 0;
  }

  /** Refuses every connection until `up`. */
  down(): Promise<void> {
    return this.server.down();
  }

  up(): Promise<void> {
    return this.server.up();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.server.stop();
    await this.life.settled();
    this.keeper.flush();
  }

  /** Messages that the last run took and had no time to send. */
  private resume(): void {
    for (const message of this.kept) {
      const isWaiting = message.status === 'queued' || message.status === 'accepted';
      if (isWaiting && message.direction === 'outbound-api') this.life.begin(message);
    }
  }

  private accept(request: SendRequest): TwilioMessage {
    const message = this.keep(request, 'outbound-api');
    // Later in the loop, so that the 201 leaves before anything happens to the message.
    setImmediate(() => this.life.begin(message));
    return message;
  }

  private keep(
    fields: Partial<SendRequest> & Pick<SendRequest, 'to' | 'from' | 'body'>,
    direction: TwilioMessage['direction'],
  ): TwilioMessage {
    const at = this.now();
    const mediaUrls = fields.mediaUrls ?? [];
    const message: TwilioMessage = {
      messagingServiceSid: null,
      contentSid: null,
      contentVariables: null,
      statusCallback: null,
      ...fields,
      mediaUrls,
      sid: newMessageSid(mediaUrls.length > 0 ? 'MM' : 'SM'),
      accountSid: this.options.accountSid,
      direction,
      at,
      updatedAt: at,
      media: [],
      status:
        direction === 'inbound' ? 'received' : fields.messagingServiceSid ? 'accepted' : 'queued',
      errorCode: null,
      callbacks: [],
    };
    this.kept.push(message);
    this.keeper.changed();
    return message;
  }

  private addressOfShopFor(person: string): string {
    const last = this.kept.findLast((one) => one.to === person && one.from !== null);
    return last?.from ?? (isWhatsapp(person) ? DEFAULT_WHATSAPP : DEFAULT_SMS);
  }

  private find(sid: string): TwilioMessage {
    const message = this.kept.find((one) => one.sid === sid);
    if (!message) throw new Error('no such message');
    return message;
  }
}
