import { setTimeout as pause } from 'node:timers/promises';
import { DeliveryFates } from './delivery-fate.js';
import { fetchMedia } from './media-fetcher.js';
import {
  sendStatusCallbacks,
  type CallbackContext,
  type CallbackOptions,
} from './status-callbacks.js';
import {
  isWhatsapp,
  type CallbackAttempt,
  type TwilioMessage,
  type TwilioMessageStatus,
} from './twilio-message.js';

export interface MessageLifeOptions {
  /** `auto` goes on by itself; `manual` waits for `advance`. */
  readonly deliver: 'auto' | 'manual';
  readonly statusDelayMs: number;
  /** Refuse free text to a person who has not written in the last 24 hours, as WhatsApp does. */
  readonly enforceWindow: boolean;
  readonly now: () => Date;
  readonly lastInboundAt: (address: string) => Date | null;
  readonly changed: () => void;
}

const WINDOW_MS = 24 * 3600 * 1000;

/** What becomes of a message after Twilio has taken it: fetch its media, then one status after another. */
export class MessageLife {
  readonly fates = new DeliveryFates();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly context: CallbackContext,
    private readonly options: MessageLifeOptions,
  ) {}

  begin(message: TwilioMessage): void {
    const life = this.live(message).catch(() => undefined);
    this.running.add(life);
    void life.finally(() => this.running.delete(life));
  }

  /** Sets the status and tells it. */
  async advance(
    message: TwilioMessage,
    status: TwilioMessageStatus,
    options: CallbackOptions = {},
  ): Promise<CallbackAttempt[]> {
    message.status = status;
    message.errorCode = options.errorCode ?? null;
    message.updatedAt = this.options.now();
    const attempts = await sendStatusCallbacks(message, status, options, this.context);
    this.options.changed();
    return attempts;
  }

  /** Waits until nothing happens by itself any more. */
  async settled(): Promise<void> {
    // A turn of the loop first: messages just accepted start then.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  private async live(message: TwilioMessage): Promise<void> {
    const mediaError = await this.fetchAll(message);
    if (mediaError !== null) {
      await this.advance(message, 'failed', { errorCode: mediaError });
      return;
    }
    if (this.options.deliver === 'manual') return;
    await this.beat();
    const failure = this.failureOf(message);
    if (failure) {
      await this.advance(message, failure.status, { errorCode: failure.errorCode });
      return;
    }
    const steps: TwilioMessageStatus[] = ['sent', 'delivered'];
    if (isWhatsapp(message.to)) steps.push('read');
    for (const step of steps) {
      await this.advance(message, step);
      await this.beat();
    }
  }

  private beat(): Promise<void> {
    const { stopped } = this.context;
    return pause(this.options.statusDelayMs, undefined, { ref: false, signal: stopped });
  }

  private failureOf(
    message: TwilioMessage,
  ): { status: 'failed' | 'undelivered'; errorCode: number } | null {
    const fate = this.fates.take(message.to);
    if (fate) return fate;
    const isFreeText = isWhatsapp(message.to) && message.contentSid === null;
    if (!this.options.enforceWindow || !isFreeText) return null;
    const last = this.options.lastInboundAt(message.to);
    const isOpen = last !== null && this.options.now().getTime() - last.getTime() < WINDOW_MS;
    return isOpen ? null : { status: 'failed', errorCode: 63016 };
  }

  private async fetchAll(message: TwilioMessage): Promise<number | null> {
    message.media = [];
    for (const url of message.mediaUrls) {
      const fetched = await fetchMedia(url, message.to, this.context.reach, this.context.stopped);
      if ('errorCode' in fetched) return fetched.errorCode;
      message.media.push(fetched.media);
      this.options.changed();
    }
    return null;
  }
}
