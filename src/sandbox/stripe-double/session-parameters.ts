import type Stripe from 'stripe';
import type { FormObject, FormValue } from './form-body.js';
import { invalidRequest, notSimulated } from './stripe-error.js';

type Params = Stripe.Checkout.SessionCreateParams;
type LineItem = NonNullable<Params['line_items']>[number];
type PriceData = NonNullable<LineItem['price_data']>;
type ProductData = NonNullable<PriceData['product_data']>;
type IntentData = NonNullable<Params['payment_intent_data']>;

/** `simulated` has its effect here; `refused` exists at Stripe but is not acted out. */
type Leaf = 'simulated' | 'refused';
type Tree = Leaf | { readonly [name: string]: Tree };

/** A leaf or a branch for every parameter the SDK knows: a new one stops the compiler here. */
type Every<T> = Readonly<Record<keyof T & string, Tree>>;

const MESSAGE = { message: 'simulated' } as const;

const PRODUCT_DATA: Every<ProductData> = {
  description: 'simulated',
  images: 'simulated',
  metadata: 'simulated',
  name: 'simulated',
  tax_code: 'refused',
  tax_details: 'refused',
  unit_label: 'simulated',
};

const PRICE_DATA: Every<PriceData> = {
  currency: 'simulated',
  product: 'refused',
  product_data: PRODUCT_DATA,
  recurring: 'refused',
  tax_behavior: 'refused',
  unit_amount: 'simulated',
  unit_amount_decimal: 'refused',
};

const LINE_ITEM: Every<LineItem> = {
  adjustable_quantity: 'refused',
  metadata: 'simulated',
  price: 'refused',
  price_data: PRICE_DATA,
  quantity: 'simulated',
  tax_rates: 'refused',
};

const PAYMENT_INTENT_DATA: Every<IntentData> = {
  application_fee_amount: 'refused',
  capture_method: 'refused',
  description: 'simulated',
  metadata: 'simulated',
  on_behalf_of: 'refused',
  receipt_email: 'simulated',
  setup_future_usage: 'refused',
  shipping: 'refused',
  statement_descriptor: 'simulated',
  statement_descriptor_suffix: 'simulated',
  transfer_data: 'refused',
  transfer_group: 'refused',
};

/** What POST /v1/checkout/sessions takes at API 2026-10-28.endive; `payment_method_types` is gone. */
const SESSION: Every<Params> = {
  adaptive_pricing: { enabled: 'simulated' },
  after_expiration: 'refused',
  allow_promotion_codes: 'simulated',
  allowed_payment_method_types: 'simulated',
  automatic_tax: 'refused',
  billing_address_collection: 'simulated',
  branding_settings: 'refused',
  cancel_url: 'simulated',
  client_reference_id: 'simulated',
  consent_collection: 'refused',
  currency: 'simulated',
  custom_fields: 'refused',
  custom_text: {
    after_submit: MESSAGE,
    shipping_address: MESSAGE,
    submit: MESSAGE,
    terms_of_service_acceptance: MESSAGE,
  },
  customer: 'refused',
  customer_account: 'refused',
  customer_creation: 'simulated',
  customer_email: 'simulated',
  customer_update: 'refused',
  discounts: 'refused',
  excluded_payment_method_types: 'simulated',
  expand: 'simulated',
  expires_at: 'simulated',
  integration_identifier: 'simulated',
  invoice_creation: 'refused',
  line_items: LINE_ITEM,
  locale: 'simulated',
  managed_payments: 'refused',
  metadata: 'simulated',
  mode: 'simulated',
  name_collection: 'refused',
  optional_items: 'refused',
  origin_context: 'simulated',
  payment_intent_data: PAYMENT_INTENT_DATA,
  payment_method_collection: 'refused',
  payment_method_configuration: 'simulated',
  payment_method_data: 'refused',
  payment_method_options: 'refused',
  permissions: 'refused',
  phone_number_collection: { enabled: 'simulated' },
  redirect_on_completion: 'refused',
  return_url: 'refused',
  saved_payment_method_options: 'refused',
  setup_intent_data: 'refused',
  shipping_address_collection: 'refused',
  shipping_options: 'refused',
  submit_type: 'simulated',
  subscription_data: 'refused',
  success_url: 'simulated',
  tax_id_collection: 'refused',
  ui_mode: 'simulated',
  wallet_options: 'refused',
};

const REFUND: Every<Stripe.RefundCreateParams> = {
  amount: 'simulated',
  charge: 'simulated',
  currency: 'refused',
  customer: 'refused',
  expand: 'simulated',
  instructions_email: 'refused',
  metadata: 'simulated',
  origin: 'refused',
  payment_intent: 'simulated',
  reason: 'simulated',
  refund_application_fee: 'refused',
  reverse_transfer: 'refused',
};

const TREES = {
  'checkout.session': SESSION,
  refund: REFUND,
  // The remaining requests take nothing but `expand` in their body.
  none: { expand: 'simulated' },
} as const satisfies Record<string, Tree>;

function walk(value: FormValue, tree: Tree, path: string, unknown: string[]): void {
  if (tree === 'simulated') return;
  if (tree === 'refused') throw notSimulated(path);
  if (typeof value === 'string') return;
  if (Array.isArray(value)) {
    value.forEach((child, index) => walk(child, tree, `${path}[${index}]`, unknown));
    return;
  }
  for (const [name, child] of Object.entries(value)) {
    const childPath = path === '' ? name : `${path}[${name}]`;
    const branch = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (branch === undefined) unknown.push(childPath);
    else walk(child, branch, childPath, unknown);
  }
}

/** Refuses what Stripe does not know as Stripe does, and says clearly what only this double does not. */
export function refuseUnknownParameters(params: FormObject, request: keyof typeof TREES): void {
  const unknown: string[] = [];
  walk(params, TREES[request], '', unknown);
  if (unknown.length === 0) return;
  const plural = unknown.length > 1 ? 's' : '';
  const names = unknown.join(', ');
  throw invalidRequest(
    `Received unknown parameter${plural}: ${names}`,
    'parameter_unknown',
    unknown[0],
  );
}
