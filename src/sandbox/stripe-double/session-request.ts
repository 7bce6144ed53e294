import type Stripe from 'stripe';
import { lineItem } from './factories/line-item.factory.js';
import type { FormObject } from './form-body.js';
import { ParameterReader } from './parameter-reader.js';
import { refuseUnknownParameters } from './session-parameters.js';
import { invalidRequest, missing, notSimulated } from './stripe-error.js';

/** A valid request to open a session: the fields it sets and what its payment will carry. */
export interface SessionRequest {
  readonly fields: Partial<Stripe.Checkout.Session>;
  readonly lineItems: Stripe.LineItem[];
  readonly intentData: Partial<Stripe.PaymentIntent>;
}

const MINUTE = 60;
const HOUR = 3600;
const MINIMUM_AMOUNT = 50;
const MAXIMUM_AMOUNT = 99_999_999;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));
const LOCALE = /^(auto|[a-z]{2,3}(-[A-Z]{2}|-419)?)$/;

function readLineItem(params: ParameterReader): Stripe.LineItem {
  const price = params.object('price_data');
  if (params.value('price_data') === undefined) throw missing(params.nameOf('price_data'));
  const currency = price.requiredString('currency').toLowerCase();
  if (!CURRENCIES.has(currency)) {
    throw invalidRequest(
      `Invalid currency: ${currency}. Stripe currently supports these currencies: eur, usd, …`,
      undefined,
      price.nameOf('currency'),
    );
  }
  const product = price.object('product_data');
  const name = product.requiredString('name');
  product.string('description', 40_000);
  product.metadata();
  params.metadata();
  const unitAmount = price.requiredInteger('unit_amount');
  if (unitAmount < 0) {
    throw invalidRequest(
      'Invalid non-negative integer',
      'parameter_invalid_integer',
      price.nameOf('unit_amount'),
    );
  }
  const quantity = params.requiredInteger('quantity');
  if (quantity < 1) {
    throw invalidRequest(
      'This value must be greater than or equal to 1.',
      'parameter_invalid_integer',
      params.nameOf('quantity'),
    );
  }
  return lineItem(name, unitAmount, quantity, currency);
}

function readLineItems(params: ParameterReader): Stripe.LineItem[] {
  const list = params.list('line_items');
  if (list.length === 0) throw missing('line_items');
  if (list.length > 100) {
    throw invalidRequest('You may only specify up to 100 line items.', undefined, 'line_items');
  }
  return list.map((item, index) => {
    const path = `line_items[${index}]`;
    if (typeof item === 'string' || Array.isArray(item))
      throw invalidRequest('Invalid object', undefined, path);
    return readLineItem(new ParameterReader(item, path));
  });
}

function readExpiry(params: ParameterReader, now: number): number {
  const expiresAt = params.integer('expires_at') ?? now + 24 * HOUR;
  if (expiresAt < now + 30 * MINUTE) {
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      undefined,
      'expires_at',
    );
  }
  if (expiresAt > now + 24 * HOUR) {
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      undefined,
      'expires_at',
    );
  }
  return expiresAt;
}

function totalOf(items: readonly Stripe.LineItem[]): number {
  const total = items.reduce((sum, item) => sum + item.amount_total, 0);
  if (total < MINIMUM_AMOUNT) {
    throw invalidRequest(
      "The Checkout Session's total amount due must add up to at least €0.50 eur",
      'amount_too_small',
      'line_items',
    );
  }
  if (total > MAXIMUM_AMOUNT) {
    throw invalidRequest(
      "The Checkout Session's total amount due must be no more than €999,999.99",
      'amount_too_large',
      'line_items',
    );
  }
  return total;
}

/** Card is what the sandbox's dashboard has switched on; a caller's own list stands in for it. */
function paymentMethodTypes(
  params: ParameterReader,
): Pick<Stripe.Checkout.Session, 'allowed_payment_method_types' | 'payment_method_types'> {
  const allowed = params.strings('allowed_payment_method_types');
  const excluded = params.strings('excluded_payment_method_types');
  if (allowed.length > 0 && excluded.length > 0) {
    throw invalidRequest(
      'You may only specify one of these parameters: allowed_payment_method_types, excluded_payment_method_types.',
      undefined,
      'allowed_payment_method_types',
    );
  }
  const types = (allowed.length > 0 ? allowed : ['card']).filter(
    (type) => !excluded.includes(type),
  );
  if (types.length === 0)
    throw invalidRequest('No valid payment method types for this Checkout Session.');
  return {
    allowed_payment_method_types: allowed.length > 0 ? allowed : null,
    payment_method_types: types,
  };
}

function readText(params: ParameterReader): Stripe.Checkout.Session.CustomText {
  const text = (name: string): { message: string } | null => {
    const message = params.object('custom_text').object(name).string('message', 1_200);
    return message === null ? null : { message };
  };
  return {
    after_submit: text('after_submit'),
    shipping_address: text('shipping_address'),
    submit: text('submit'),
    terms_of_service_acceptance: text('terms_of_service_acceptance'),
  };
}

function readIntentData(params: ParameterReader): Partial<Stripe.PaymentIntent> {
  const data = params.object('payment_intent_data');
  return {
    description: data.string('description'),
    metadata: data.metadata(),
    receipt_email: data.string('receipt_email'),
    statement_descriptor: data.string('statement_descriptor', 22),
    statement_descriptor_suffix: data.string('statement_descriptor_suffix', 22),
  };
}

/** Checks a create request as Stripe does; `now` is Stripe's clock in epoch seconds. */
export function readSessionRequest(body: FormObject, now: number): SessionRequest {
  refuseUnknownParameters(body, 'checkout.session');
  const params = new ParameterReader(body);
  const mode = params.oneOf('mode', ['payment', 'setup', 'subscription']);
  if (mode === null) throw missing('mode');
  if (mode !== 'payment') throw notSimulated(`mode=${mode}`);
  const uiMode = params.oneOf('ui_mode', ['hosted_page', 'embedded_page', 'elements', 'form']);
  if (uiMode !== null && uiMode !== 'hosted_page') throw notSimulated(`ui_mode=${uiMode}`);
  const successUrl = params.url('success_url');
  if (successUrl === null) throw missing('success_url');
  const locale = params.string('locale');
  if (locale !== null && !LOCALE.test(locale))
    throw invalidRequest(`Invalid locale: ${locale}`, undefined, 'locale');
  const lineItems = readLineItems(params);
  const currency = lineItems[0]?.currency ?? 'eur';
  if (lineItems.some((item) => item.currency !== currency)) {
    throw invalidRequest(
      'You cannot combine currencies on a single Checkout Session.',
      undefined,
      'line_items',
    );
  }
  const total = totalOf(lineItems);
  const reference = params.string('client_reference_id', 200);
  const fields: Partial<Stripe.Checkout.Session> = {
    adaptive_pricing: { enabled: params.object('adaptive_pricing').boolean('enabled') ?? true },
    allow_promotion_codes: params.boolean('allow_promotion_codes'),
    amount_subtotal: total,
    amount_total: total,
    billing_address_collection: params.oneOf('billing_address_collection', ['auto', 'required']),
    cancel_url: params.url('cancel_url'),
    client_reference_id: reference,
    created: now,
    currency,
    custom_text: readText(params),
    customer_creation:
      params.oneOf('customer_creation', ['always', 'if_required']) ?? 'if_required',
    customer_email: params.string('customer_email', 800),
    expires_at: readExpiry(params, now),
    integration_identifier: params.string('integration_identifier'),
    locale: locale,
    metadata: params.metadata(),
    origin_context: params.oneOf('origin_context', ['mobile_app', 'web']),
    ...paymentMethodTypes(params),
    phone_number_collection: {
      enabled: params.object('phone_number_collection').boolean('enabled') ?? false,
    },
    submit_type: params.oneOf('submit_type', ['auto', 'book', 'donate', 'pay']),
    success_url: successUrl,
  };
  return { fields, lineItems, intentData: readIntentData(params) };
}
