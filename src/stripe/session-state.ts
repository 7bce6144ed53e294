import type Stripe from 'stripe';
import type { StripeConfig } from '../config/app-config.js';
import type { CheckoutSessionState } from './checkout.gateway.js';
import { unusable } from './stripe-calls.js';

const STATUSES = ['open', 'complete', 'expired'] as const;
const PAYMENT_STATUSES = ['paid', 'unpaid', 'no_payment_required'] as const;

/** Where Stripe's hosted pages are (docs.stripe.com/payments/checkout). */
const PAGES = 'https://checkout.stripe.com';

/** Throws for anything that is no whole Checkout Session. */
export function sessionState(session: Partial<Stripe.Checkout.Session>): CheckoutSessionState {
  const { id, url, expires_at: expiresAt } = session;
  const status = STATUSES.find((known) => known === session.status);
  const paymentStatus = PAYMENT_STATUSES.find((known) => known === session.payment_status);
  if (!id?.startsWith('cs_') || !status || !paymentStatus || !Number.isInteger(expiresAt)) {
    throw unusable('unexpected_answer');
  }
  return { id, status, paymentStatus, url: url ?? null, expiresAt: new Date(expiresAt! * 1_000) };
}

/**
 * An open session that a customer can be sent to: its page is Stripe's own, or the double's. Throws
 * otherwise, since whoever could put another address here would be handed our customers.
 */
export function payableState(
  session: Partial<Stripe.Checkout.Session>,
  { apiBaseUrl }: Pick<StripeConfig, 'apiBaseUrl'>,
): CheckoutSessionState {
  const state = sessionState(session);
  const origin = apiBaseUrl ? new URL(apiBaseUrl).origin : PAGES;
  const isPage =
    state.url !== null && URL.canParse(state.url) && new URL(state.url).origin === origin;
  if (state.status === 'open' && !isPage) throw unusable('session_without_url');
  return state;
}
