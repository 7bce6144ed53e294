import type { Readable } from 'node:stream';

import type { SendMailOptions, Transporter } from 'nodemailer';

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

/**
 * A pool of SMTP connections; `disableFileAccess` and `disableUrlAccess` keep content to memory. It is made
 * for the first message: a process that sends none does without nodemailer.
 */
export class SmtpTransport {
  private readonly contents = new Map<string, Readable>();
  private transporter: Transporter | undefined;

  constructor(private readonly smtpUrl: string) {}

  private async open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    // Several messages may have waited for it: the first one makes it.
    this.transporter ??= this.create(createTransport);
    return this.transporter;
  }

  private create(createTransport: typeof import('nodemailer').createTransport): Transporter {
    const transporter = createTransport({
      url: this.smtpUrl,
      pool: true,
      connectionTimeout: SILENCE_LIMIT_MS,
      greetingTimeout: SILENCE_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      dnsTimeout: SILENCE_LIMIT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // nodemailer's errors do not tell a connection lost before the message from one lost after it.
    transporter.use('stream', (mail, done) => {
      const { message } = mail;
      const createReadStream = message.createReadStream.bind(message);
      message.createReadStream = (options) => {
        const content = createReadStream(options);
        this.contents.set(message.messageId(), content);
        return content;
      };
      done();
    });
    return transporter;
  }

  /** Resolves once the server took the message. Throws SmtpSendError for everything else. */
  async deliver(mail: SendMailOptions & { messageId: string }): Promise<void> {
    try {
      const transporter = this.transporter ?? (await this.open());
      await transporter.sendMail({ ...mail, signal: AbortSignal.timeout(SENDING_LIMIT_MS) });
    } catch (error) {
      throw new SmtpSendError(error, this.contents.get(mail.messageId)?.readableDidRead ?? false);
    } finally {
      this.contents.delete(mail.messageId);
    }
  }

  /** Lets what is being sent end, then closes every connection. */
  close(): void {
    this.transporter?.close();
  }
}
