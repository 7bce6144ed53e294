import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { measureProviderCall } from '../common/metrics.js';
import { AppConfig } from '../config/app-config.js';
import type { Channel, OutboundMessage, SendOutcome } from './channel.js';
import { smtpFailureOf } from './smtp-failure.js';
import { SmtpSendError, SmtpTransport } from './smtp.transport.js';

/** One plain address: no list, no display name, no line break, so never a second recipient. */
const PLAIN_ADDRESS = /^[^\s\p{C}@,;:<>()[\]"\\]+@[^\s\p{C}@,;:<>()[\]"\\]+$/u;

/** E-mail over SMTP; off when no server is configured. */
@Injectable()
export class EmailChannel implements Channel, OnApplicationShutdown {
  readonly name = 'email';
  readonly enabled: boolean;
  private readonly logger = new Logger(EmailChannel.name);
  private readonly transport: SmtpTransport | null;

  constructor(private readonly config: AppConfig) {
    const { smtpUrl } = config.mail;
    this.transport = smtpUrl ? new SmtpTransport(smtpUrl) : null;
    this.enabled = this.transport !== null;
  }

  async send(message: OutboundMessage): Promise<SendOutcome> {
    const { transport } = this;
    if (transport === null) return { result: 'rejected', errorCode: 'channel_disabled' };
    if (!PLAIN_ADDRESS.test(message.to)) {
      return { result: 'rejected', errorCode: 'invalid_address' };
    }
    return measureProviderCall(
      'smtp',
      'send',
      () => this.deliver(transport, message),
      (outcome) => outcome.result,
    );
  }

  /** SMTP has no memory: a second copy bears the same Message-ID, and mailboxes show it once. */
  async find(): Promise<'unknown'> {
    return 'unknown';
  }

  /** A mail server says nothing after it took a message. */
  async fateOf(): Promise<'unknown'> {
    return 'unknown';
  }

  /** Last of all: the dispatcher lets the messages finish that are on their way. */
  onApplicationShutdown(): void {
    this.transport?.close();
  }

  private async deliver(transport: SmtpTransport, message: OutboundMessage): Promise<SendOutcome> {
    const messageId = messageIdOf(message.notificationId, this.config.http.appUrl);
    try {
      await transport.deliver({
        messageId,
        from: this.config.mail.from,
        to: { name: '', address: message.to },
        subject: message.subject ?? this.config.shop.name,
        text: message.text,
        html: message.html,
        attachments: message.inlineImages?.map(({ contentId, filename, png }) => ({
          cid: contentId,
          filename,
          content: png,
          contentType: 'image/png',
          contentDisposition: 'inline',
        })),
        // RFC 3834: keeps vacation responders from answering.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { result: 'accepted', providerId: messageId };
    } catch (error) {
      if (!(error instanceof SmtpSendError)) throw error;
      return this.report(error, message.notificationId);
    }
  }

  private report(error: SmtpSendError, notificationId: string): SendOutcome {
    const { outcome, needsOperator } = smtpFailureOf(error);
    if (needsOperator) {
      this.logger.error({
        event: 'smtp_refused_connection',
        errorCode: outcome.errorCode,
        notificationId,
        msg: 'The mail server refused us for a reason that only a person can mend',
      });
    }
    return outcome;
  }
}

/** The same for every attempt of a notification; a loopback or IP host cannot name a mail domain. */
function messageIdOf(notificationId: string, appUrl: string): string {
  const { hostname } = new URL(appUrl);
  const isDomain = hostname.includes('.') && /[a-z]$/i.test(hostname);
  return `<${notificationId}@${isDomain ? hostname : 'garageconnect.invalid'}>`;
}
