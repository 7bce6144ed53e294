import { ProvidersGoneError } from '../sandbox.errors.js';
import { INSTANCE_HEADER } from './control-server.js';
import type { PhoneView } from './phone-view.js';
import type { ProviderMarker } from './provider-marker.js';

export interface MailContent {
  readonly html: string | null;
  readonly text: string | null;
  readonly pictures: readonly {
    readonly contentId: string | null;
    readonly contentType: string;
    readonly base64: string;
  }[];
}

/** What the customer's bank says of a payment: it asks for the money, or has decided for one of the two. */
export type BankWord = 'opened' | 'won' | 'lost';

export interface Picture {
  readonly contentType: string;
  readonly bytes: Buffer;
}

const ANSWER_LIMIT_MS = 5_000;

/**
 * The doubles as seen by the pages of a process, whichever process runs them; also the injection
 * token. Every call throws ProvidersGoneError when that process has ended.
 */
export class ProviderControl {
  constructor(private readonly marker: ProviderMarker) {}

  get runs(): { readonly stripe: boolean; readonly twilio: boolean; readonly mail: boolean } {
    const { stripe, twilio, mail } = this.marker.urls;
    return { stripe: stripe !== null, twilio: twilio !== null, mail: mail !== null };
  }

  async isAlive(): Promise<boolean> {
    return this.call('GET', '/').then(
      ({ status }) => status === 204,
      () => false,
    );
  }

  /** Tells the doubles where webhooks and callbacks find this process. */
  async announce(url: string): Promise<void> {
    await this.call('POST', '/application', { url });
  }

  async withdraw(url: string): Promise<void> {
    await this.call('POST', '/application/withdraw', { url });
  }

  async phone(number: string | null): Promise<PhoneView> {
    const query = number === null ? '' : `?number=${encodeURIComponent(number)}`;
    return (await (await this.call('GET', `/phone${query}`)).json()) as PhoneView;
  }

  async picture(messageId: string, index: number): Promise<Picture | null> {
    const answer = await this.call('GET', `/messages/${messageId}/media/${index}`);
    if (answer.status !== 200) return null;
    const contentType = answer.headers.get('content-type') ?? 'application/octet-stream';
    return { contentType, bytes: Buffer.from(await answer.arrayBuffer()) };
  }

  async mail(id: number): Promise<MailContent | null> {
    const answer = await this.call('GET', `/mails/${id}`);
    return answer.status === 200 ? ((await answer.json()) as MailContent) : null;
  }

  /** Makes a Checkout Session older; false for one that the double does not know. */
  async ageSession(sessionId: string, minutes: number): Promise<boolean> {
    return (await this.call('POST', `/sessions/${sessionId}/age`, { minutes })).status === 204;
  }

  async expireSession(sessionId: string): Promise<boolean> {
    return (await this.call('POST', `/sessions/${sessionId}/expire`, {})).status === 204;
  }

  /** False when nothing was paid in this session, or no dispute of it is under way. */
  async dispute(sessionId: string, word: BankWord): Promise<boolean> {
    return (await this.call('POST', `/sessions/${sessionId}/dispute`, { word })).status === 204;
  }

  /** Checkout Sessions whose payment is being disputed. */
  async disputedSessions(): Promise<readonly string[]> {
    return (await (await this.call('GET', '/disputed-sessions')).json()) as string[];
  }

  private async call(method: string, path: string, body?: object): Promise<Response> {
    try {
      return await fetch(`${this.marker.controlUrl}${path}`, {
        method,
        headers: {
          [INSTANCE_HEADER]: this.marker.instance,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
    } catch {
      throw new ProvidersGoneError();
    }
  }
}
