import type Stripe from 'stripe';
import { newPaymentIntentId, newSessionId } from '../stripe-ids.js';

export const secondsNow = (): number => Math.floor(Date.now() / 1000);

const DAY_SECONDS = 24 * 3600;

export const NO_ADDRESS = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
} satisfies Stripe.Address;

const customerDetails = (email: string | null): Stripe.Checkout.Session.CustomerDetails => ({
  address: { ...NO_ADDRESS, country: 'GP' },
  business_name: null,
  email,
  individual_name: null,
  name: null,
  phone: null,
  tax_exempt: 'none',
  tax_ids: [],
});

const brandingSettings = (displayName: string): Stripe.Checkout.Session.BrandingSettings => ({
  background_color: '#ffffff',
  border_style: 'rounded',
  button_color: '#0074d4',
  display_name: displayName,
  font_family: 'default',
  icon: null,
  logo: null,
});

/**
 * A whole Checkout Session as Stripe sends it at API 2026-10-28.endive, one-off payment, hosted page.
 * What follows from `status` is filled in: an open session has a `url` and no `payment_intent`, a
 * complete one is paid, has both customer and PaymentIntent and no `url`. Amounts in minor units.
 */
export function checkoutSession(
  overrides: Partial<Stripe.Checkout.Session> = {},
): Stripe.Checkout.Session {
  const id = overrides.id ?? newSessionId();
  const created = overrides.created ?? secondsNow();
  const status = overrides.status ?? 'open';
  const complete = status === 'complete';
  const amount = overrides.amount_total ?? 25990;
  const email = overrides.customer_email ?? null;
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: ['card'],
    amount_subtotal: amount,
    amount_total: amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    branding_settings: brandingSettings('Sandbox'),
    cancel_url: 'https://example.com/cancel',
    client_reference_id: null,
    client_secret: null,
    collected_information: complete
      ? { business_name: null, individual_name: null, shipping_details: null }
      : null,
    consent: null,
    consent_collection: null,
    created,
    currency: 'eur',
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: null,
    customer_account: null,
    customer_creation: 'if_required',
    customer_details: complete || email ? customerDetails(email) : null,
    customer_email: email,
    discounts: [],
    expires_at: created + DAY_SECONDS,
    integration_identifier: null,
    invoice: null,
    invoice_creation: {
      enabled: false,
      invoice_data: {
        account_tax_ids: null,
        custom_fields: null,
        description: null,
        footer: null,
        issuer: null,
        metadata: {},
        rendering_options: null,
      },
    },
    livemode: false,
    locale: 'fr',
    managed_payments: { enabled: false },
    metadata: {},
    mode: 'payment',
    origin_context: null,
    payment_intent: complete ? newPaymentIntentId() : null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: { id: 'pmc_1SandboxDefault', parent: null },
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: complete ? 'paid' : 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status,
    submit_type: null,
    subscription: null,
    success_url: 'https://example.com/success',
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: status === 'open' ? `https://checkout.stripe.com/c/pay/${id}` : null,
    wallet_options: null,
    ...overrides,
  } satisfies Stripe.Checkout.Session;
}

/** What a session gains when its customer has gone through the page. */
export const completionOf = (
  session: Stripe.Checkout.Session,
): Pick<Stripe.Checkout.Session, 'collected_information' | 'customer_details' | 'url'> => ({
  collected_information: { business_name: null, individual_name: null, shipping_details: null },
  customer_details: customerDetails(session.customer_email),
  url: null,
});
