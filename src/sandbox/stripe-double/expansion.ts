import type { FormObject } from './form-body.js';
import type { Ledger } from './ledger.js';
import { ParameterReader } from './parameter-reader.js';
import { invalidRequest } from './stripe-error.js';

type Resource = Record<string, unknown>;

const expandable = (ledger: Ledger, name: string, id: string): unknown => {
  if (name === 'payment_intent') return ledger.intents.get(id);
  if (name === 'latest_charge' || name === 'charge') return ledger.charges.get(id);
  return undefined;
};

function expandPath(ledger: Ledger, resource: Resource, path: string, whole: string): void {
  const [name = '', ...rest] = path.split('.');
  if (name === 'line_items' && resource['object'] === 'checkout.session') {
    const id = String(resource['id']);
    const data = ledger.sessions.get(id)?.lineItems ?? [];
    resource[name] = {
      object: 'list',
      data,
      has_more: false,
      url: `/v1/checkout/sessions/${id}/line_items`,
    };
    return;
  }
  const value = resource[name];
  // Nothing to expand is no error at Stripe, a field that is no reference is.
  if (value === null) return;
  const found = typeof value === 'string' ? expandable(ledger, name, value) : value;
  if (typeof found !== 'object' || found === null) {
    throw invalidRequest(`This property cannot be expanded (${whole}).`, undefined, 'expand');
  }
  const copy: Resource = { ...found };
  resource[name] = copy;
  if (rest.length > 0) expandPath(ledger, copy, rest.join('.'), whole);
}

/** Replaces ids by the objects behind them where `expand[]` asks for it (docs.stripe.com/api/expanding_objects). */
export function expanded(ledger: Ledger, object: object, params: FormObject): object {
  const wanted = new ParameterReader(params).strings('expand');
  if (wanted.length === 0) return object;
  const resource: Resource = { ...object };
  for (const path of wanted) expandPath(ledger, resource, path, path);
  return resource;
}
