import { isWhatsapp, type TwilioMedia } from './twilio-message.js';

const MAX_BYTES = 5 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

export type FetchedMedia = { readonly media: TwilioMedia } | { readonly errorCode: number };

/**
 * Fetches a MediaUrl as Twilio does: no credentials, an image of at most 5 MB
 * (twilio.com/docs/whatsapp/guidance-whatsapp-media-messages). `reach` turns the public URL into one
 * that can be opened from here.
 */
export async function fetchMedia(
  url: string,
  to: string,
  reach: (publicUrl: string) => string,
  stopped: AbortSignal,
): Promise<FetchedMedia> {
  // WhatsApp has one code for every failure, MMS tells a failed request from a wrong type.
  const failure = (smsCode: number): FetchedMedia => ({
    errorCode: isWhatsapp(to) ? 63019 : smsCode,
  });
  try {
    const answer = await fetch(reach(url), {
      headers: { 'user-agent': 'TwilioProxy/1.1', accept: 'image/*', connection: 'close' },
      signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) return failure(11200);
    const contentType = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (!contentType.startsWith('image/')) return failure(12300);
    if (bytes.length === 0 || bytes.length > MAX_BYTES) return failure(11751);
    return { media: { url, contentType, bytes } };
  } catch {
    return failure(11200);
  }
}
