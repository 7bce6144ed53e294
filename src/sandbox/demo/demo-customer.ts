import { maskPhone } from '../../common/phone-number.js';
import type { OrderResponse } from '../../orders/dto/order.response.js';
import type { PhoneMail, PhoneMessage } from '../providers/phone-view.js';
import { type DemoClient, eventually } from './demo-client.js';
import { DemoFailure, mustBe } from './demo-failure.js';

/** Writes one line, or several. */
export type Print = (text: string) => void;

export interface Person {
  readonly phoneNumber: string;
  readonly firstName: string;
  readonly email: string;
}

/** A customer with a phone in hand: reads what arrives, opens the link, types a card number. */
export class DemoCustomer {
  /** So far, oldest first. */
  messages: readonly PhoneMessage[] = [];
  mails: readonly PhoneMail[] = [];

  constructor(
    private readonly client: DemoClient,
    private readonly person: Person,
    private readonly print: Print,
  ) {}

  /** Throws DemoFailure when the order does not begin as it must. */
  async order(sku: string, quantity: number): Promise<OrderResponse> {
    const customer = { ...this.person, locale: 'fr' };
    const order = await this.client.place({ customer, items: [{ sku, quantity }] });
    mustBe('the new order', [order.status, order.paymentStatus], ['pending', 'pending']);
    return order;
  }

  /** Waits for a message with these words and prints all that has arrived until then. */
  async reads(words: string): Promise<PhoneMessage> {
    return eventually(`no message with “${words}” arrived`, async () => {
      await this.look();
      return this.messages.find(({ text }) => text.includes(words)) ?? null;
    });
  }

  async readsMail(words: string): Promise<PhoneMail> {
    return eventually(`no e-mail with “${words}” arrived`, async () => {
      await this.look();
      return this.mails.find(({ text }) => text.includes(words)) ?? null;
    });
  }

  /** Everything that is on the phone by now, printed as it was not before. */
  async look(): Promise<void> {
    const { messages, mails } = await this.client.phone(this.person.phoneNumber);
    const own = mails.filter(({ to }) => to === this.person.email).toReversed();
    const shown = new Set([...this.messages, ...this.mails].map(({ id }) => id));
    for (const message of messages) if (!shown.has(message.id)) this.showMessage(message);
    for (const mail of own) if (!shown.has(mail.id)) this.showMail(mail);
    this.messages = messages;
    this.mails = own;
  }

  /** Types a card on Stripe's page; answers the page that follows: the same with a reason, or the shop's. */
  async pays(paymentUrl: string, card: string): Promise<{ page: string; accepted: boolean }> {
    const answer = await fetch(paymentUrl, {
      method: 'POST',
      body: new URLSearchParams({ number: card }),
      redirect: 'manual',
    });
    const location = answer.headers.get('location');
    if (answer.status !== 303 || !location) return { page: await answer.text(), accepted: false };
    const back = await fetch(location);
    if (back.status !== 200)
      throw new DemoFailure(`the page after the payment answered ${back.status}`);
    return { page: await back.text(), accepted: true };
  }

  private showMessage({ channel, text, media }: PhoneMessage): void {
    const name = channel === 'whatsapp' ? 'WhatsApp' : 'SMS';
    const picture = media.length > 0 ? ['[picture: QR code]'] : [];
    this.show(`${name} to ${maskPhone(this.person.phoneNumber)}`, [
      ...picture,
      ...text.split('\n'),
    ]);
  }

  private showMail({ subject, text, pictures }: PhoneMail): void {
    const picture = pictures > 0 ? ['[picture: QR code]'] : [];
    this.show(`E-mail to ${maskEmail(this.person.email)}: ${subject}`, [
      ...text.trim().split('\n'),
      ...picture,
    ]);
  }

  private show(title: string, lines: readonly string[]): void {
    const shown = lines.map((line) => `    │ ${line}`.trimEnd());
    this.print(['', `    ┌─ ${title}`, ...shown, '    └─'].join('\n'));
  }
}

const maskEmail = (address: string): string => address.replace(/^(.).*@/, '$1•••@');
