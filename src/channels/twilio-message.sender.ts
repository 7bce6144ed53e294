import { Injectable, Logger } from '@nestjs/common';

import { measureProviderCall } from '../common/metrics.js';
import { AppConfig } from '../config/app-config.js';
import type { MessageFate, SendOutcome } from './channel.js';
import { findSentMessage, type SentMessage } from './sent-message-lookup.js';
import { failureOf, isNotFound } from './twilio-failure.js';
import { createTwilioClient, type TwilioClient } from './twilio.client.js';

/** One message in Twilio's own addresses: E.164, or `whatsapp:+…` on both sides. */
export interface TwilioMessage {
  readonly notificationId: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly mediaUrl: string | null;
}

/** As many earlier messages to one number as are looked through. */
const LOOKUP_PAGE_SIZE = 200;

/** What the WhatsApp and SMS channels share: one API call, and the reading of its answer. */
@Injectable()
export class TwilioMessageSender {
  private readonly logger = new Logger(TwilioMessageSender.name);
  private readonly client: TwilioClient;
  /** Whether Twilio, or its double, can reach this application. */
  private readonly isReachable: boolean;

  constructor(private readonly config: AppConfig) {
    this.client = createTwilioClient(config.twilio);
    this.isReachable = config.twilio.apiBaseUrl !== null || !isLoopback(config.http.appUrl);
  }

  send(message: TwilioMessage): Promise<SendOutcome> {
    return measureProviderCall(
      'twilio',
      'messages.create',
      () => this.create(message),
      (outcome) => outcome.result,
    );
  }

  /** See `Channel.find`. */
  async find(
    message: TwilioMessage,
    since: Date,
    others: readonly string[] = [],
  ): Promise<string | null | 'unknown'> {
    const { from, to, text } = message;
    try {
      // Not filtered by DateSent: a message still queued has none yet, and would be missed.
      const page = await measureProviderCall('twilio', 'messages.list', () =>
        this.client.messages.page({ from, to, pageSize: LOOKUP_PAGE_SIZE }),
      );
      const sent: SentMessage[] = page.instances;
      const candidates = sent.filter(({ sid }) => !others.includes(sid));
      const found = findSentMessage(candidates, text, since);
      return found === null && sent.length >= LOOKUP_PAGE_SIZE ? 'unknown' : found;
    } catch {
      return 'unknown';
    }
  }

  /** See `Channel.fateOf`. */
  async fateOf(sid: string): Promise<MessageFate | 'missing' | 'unknown'> {
    try {
      const { status, errorCode } = await measureProviderCall('twilio', 'messages.fetch', () =>
        this.client.messages(sid).fetch(),
      );
      // The SDK takes any 2xx for a success, one without a message too.
      if (typeof status !== 'string') return 'unknown';
      return { status, errorCode: errorCode ? String(errorCode) : null };
    } catch (error) {
      return isNotFound(error) ? 'missing' : 'unknown';
    }
  }

  private async create(message: TwilioMessage): Promise<SendOutcome> {
    const { notificationId, from, to, text } = message;
    try {
      const created = await this.client.messages.create({
        from,
        to,
        body: text,
        ...this.urlsFor(message),
      });
      // The SDK takes any 2xx for a success, an empty body too.
      return created.sid
        ? { result: 'accepted', providerId: created.sid }
        : { result: 'ambiguous', errorCode: 'no_sid' };
    } catch (error) {
      const { outcome, needsOperator } = failureOf(error);
      if (needsOperator) {
        this.logger.error({
          event: 'twilio_refused_message',
          errorCode: outcome.errorCode,
          notificationId,
          msg: 'Twilio refused a message for a reason that only a person can mend',
        });
      }
      return outcome;
    }
  }

  /**
   * Twilio refuses a callback address on localhost (21609) and cannot fetch an image there: on a
   * loopback APP_URL the real Twilio gets the text alone. A double runs here and reaches both.
   */
  private urlsFor(message: TwilioMessage): { statusCallback?: string; mediaUrl?: string[] } {
    if (!this.isReachable) return {};
    const nid = encodeURIComponent(message.notificationId);
    return {
      statusCallback: `${this.config.http.appUrl}/api/webhook/twilio/status?nid=${nid}`,
      ...(message.mediaUrl !== null && { mediaUrl: [message.mediaUrl] }),
    };
  }
}

const isLoopback = (url: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(new URL(url).hostname);
