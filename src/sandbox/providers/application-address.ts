import type { AppConfig } from '../../config/app-config.js';

/**
 * Where the doubles reach the application: known for sure once it listens, expected at PORT until
 * then. Several processes may answer HTTP; the one that spoke last is called.
 */
export class ApplicationAddress {
  private readonly announced: string[] = [];

  constructor(private readonly http: AppConfig['http']) {}

  announce(url: string): void {
    this.withdraw(url);
    this.announced.push(url);
  }

  withdraw(url: string): void {
    const index = this.announced.indexOf(url);
    if (index >= 0) this.announced.splice(index, 1);
  }

  /** Empty while nobody can know: PORT is 0 and nothing listens yet. */
  get url(): string {
    const { port } = this.http;
    return this.announced.at(-1) ?? (port === 0 ? '' : `http://127.0.0.1:${port}`);
  }

  get stripeWebhook(): string {
    return this.url && `${this.url}/api/webhook/stripe`;
  }

  get twilioInbound(): string {
    return `${this.http.appUrl}/api/webhook/twilio/inbound`;
  }

  /** The same page of the application, at an address that can be opened from this machine. */
  reach(publicUrl: string): string {
    const { appUrl } = this.http;
    return this.url && publicUrl.startsWith(`${appUrl}/`)
      ? this.url + publicUrl.slice(appUrl.length)
      : publicUrl;
  }
}
