import type { MailDouble } from '../../../src/sandbox/mail-double/mail-double.js';
import type { StripeDouble } from '../../../src/sandbox/stripe-double/stripe-double.js';
import type { TwilioDouble } from '../../../src/sandbox/twilio-double/twilio-double.js';
import type { AcceptedMessage, ProviderFacts } from './facts.js';

/** The doubles, whoever started them. */
export interface KnownProviders {
  readonly stripe: StripeDouble;
  readonly twilio: TwilioDouble;
  readonly mail: MailDouble;
}

export function readProviderFacts({ stripe, twilio, mail }: KnownProviders): ProviderFacts {
  return {
    stripeSessions: stripe.allSessions.map(({ session }) => ({
      id: session.id,
      orderId: session.client_reference_id,
      status: session.status,
    })),
    captures: stripe.charges
      .filter(({ status, captured }) => status === 'succeeded' && captured)
      .map((charge) => ({
        intentId: typeof charge.payment_intent === 'string' ? charge.payment_intent : charge.id,
        orderId: charge.metadata['orderId'] ?? null,
        amount: charge.amount_captured,
        refundedAmount: charge.amount_refunded,
        currency: charge.currency,
      })),
    acknowledged: stripe.events
      .filter(({ delivered }) => delivered)
      .map(({ event: { id, type } }) => ({ id, type })),
    accepted: [...textsOf(twilio), ...mailsOf(mail)],
  };
}

const textsOf = (twilio: TwilioDouble): AcceptedMessage[] =>
  twilio.messages
    .filter(({ direction }) => direction === 'outbound-api')
    .map(({ to, sid, at, status, statusCallback }) => ({
      channel: to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
      notificationId: statusCallback && new URL(statusCallback).searchParams.get('nid'),
      providerId: sid,
      undelivered: status === 'failed' || status === 'undelivered',
      at,
    }));

const mailsOf = (mail: MailDouble): AcceptedMessage[] =>
  mail.messages.map(({ messageId, at }) => ({
    channel: 'email',
    notificationId: /^<(\d+)@/.exec(messageId ?? '')?.[1] ?? null,
    providerId: messageId,
    undelivered: false,
    at,
  }));
