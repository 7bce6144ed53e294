import { randomUUID } from 'node:crypto';
import twilio from 'twilio';
import type { CallbackAttempt } from './twilio-message.js';

const TIMEOUT_MS = 15_000;

/** A form POST to the application, and how it is signed. */
export interface SignedPost {
  /** The public URL, over which the signature is made, query included. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly authToken: string;
}

/**
 * Posts as Twilio does: X-Twilio-Signature over the public URL and all parameters, one more try when
 * the connection failed (twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
 */
export async function signedPost(
  { url, params, authToken }: SignedPost,
  reach: (publicUrl: string) => string,
  stopped: AbortSignal,
): Promise<CallbackAttempt> {
  const at = new Date();
  const token = randomUUID();
  const post = (): Promise<Response> =>
    fetch(reach(url), {
      method: 'POST',
      body: new URLSearchParams(params),
      headers: {
        'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, params),
        'i-twilio-idempotency-token': token,
        'user-agent': 'TwilioProxy/1.1',
        connection: 'close',
      },
      redirect: 'manual',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  try {
    const answer = await post().catch((error: unknown) => {
      if (error instanceof TypeError) return post();
      throw error;
    });
    return { at, params, status: answer.status, body: await answer.text() };
  } catch (error) {
    return { at, params, status: null, body: error instanceof Error ? error.message : 'no answer' };
  }
}
