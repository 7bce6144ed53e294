import type { Readable } from 'node:stream';

import nodemailer, { type SendMailOptions } from 'nodemailer';

/** Longest silence at any step, in milliseconds. */
const SILENCE_LIMIT_MS = 10_000;
/** Longest life of one sending, in milliseconds, against a server that trickles its replies. */
const SENDING_LIMIT_MS = 20_000;

/** One e-mail that did not leave, with the part of the story that decides whether it may have. */
export class SmtpSendError extends Error {
  constructor(
    cause: unknown,
    /** Whether a byte of the message itself was handed over: only then can it have been taken. */
    readonly contentStarted: boolean,
  ) {
    super('The e-mail was not accepted', { cause });
  }
}

/** A pool of SMTP connections; `disableFileAccess` and `disableUrlAccess` keep content to memory. */
export class SmtpTransport {
  private readonly contents = new Map<string, Readable>();
  private readonly transporter;

  constructor(smtpUrl: string) {
    this.transporter = nodemailer.createTransport({
      url: smtpUrl,
      pool: true,
      connectionTimeout: SILENCE_LIMIT_MS,
      greetingTimeout: SILENCE_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      dnsTimeout: SILENCE_LIMIT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // nodemailer's errors do not tell a connection lost before the message from one lost after it.
    this.transporter.use('stream', (mail, done) => {
      const { message } = mail;
      const createReadStream = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const content = createReadStream(options);
        this.contents.set(message.messageId(), content);
        return content;
      };
      done();
    });
  }

  /** Resolves once the server took the message. Throws SmtpSendError for everything else. */
  async deliver(mail: SendMailOptions & { messageId: string }): Promise<void> {
    try {
      await this.transporter.sendMail({ ...mail, signal: AbortSignal.timeout(SENDING_LIMIT_MS) });
    } catch (error) {
      throw new SmtpSendError(error, this.contents.get(mail.messageId)?.readableDidRead ?? false);
    } finally {
      this.contents.delete(mail.messageId);
    }
  }

  /** Lets what is being sent end, then closes every connection. */
  close(): void {
    this.transporter.close();
  }
}
