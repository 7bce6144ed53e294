import PostalMime, { type Address, type Attachment } from 'postal-mime';

export interface MailAttachment {
  /** Without its angle brackets; null when the part has none. */
  readonly contentId: string | null;
  readonly filename: string | null;
  readonly contentType: string;
  readonly bytes: Buffer;
  /** `inline` or `attachment`, null when the part does not say. */
  readonly disposition: string | null;
}

/** An e-mail as it arrived, decoded. */
export interface MailMessage {
  /** As shown in the header, `Name <address>` or the address alone. */
  readonly from: string;
  /** The envelope's recipients. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  /** With its angle brackets. */
  readonly messageId: string | null;
  /** Every header by its lower-case name; the last one when repeated. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly MailAttachment[];
  readonly at: Date;
}

const shown = (address: Address | undefined): string =>
  !address?.address ? '' : address.name ? `${address.name} <${address.address}>` : address.address;

const bytesOf = ({ content }: Attachment): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));

export async function readMail(raw: Buffer, to: readonly string[], at: Date): Promise<MailMessage> {
  const mail = await PostalMime.parse(raw);
  return {
    from: shown(mail.from),
    to,
    subject: mail.subject ?? '',
    text: mail.text ?? null,
    html: mail.html ?? null,
    messageId: mail.messageId ?? null,
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
    attachments: mail.attachments.map((part) => ({
      contentId: part.contentId?.replace(/^<|>$/g, '') ?? null,
      filename: part.filename,
      contentType: part.mimeType,
      bytes: bytesOf(part),
      disposition: part.disposition,
    })),
    at,
  };
}

/** JSON in and out, for a snapshot. */
export type StoredMail = ReturnType<typeof storeMail>;

export const storeMail = (mail: MailMessage) => ({
  ...mail,
  at: mail.at.toISOString(),
  attachments: mail.attachments.map((one) => ({ ...one, bytes: one.bytes.toString('base64') })),
});

export const restoreMail = (stored: StoredMail): MailMessage => ({
  ...stored,
  at: new Date(stored.at),
  attachments: stored.attachments.map((one) => ({
    ...one,
    bytes: Buffer.from(one.bytes, 'base64'),
  })),
});
