/** The `error` member of Stripe's answer (docs.stripe.com/api/errors). */
export interface StripeErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly doc_url?: string;
}

/** A refusal as Stripe words it; thrown by the double's own code and answered as JSON. */
export class StripeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: StripeErrorBody,
  ) {
    super(body.message);
    this.name = 'StripeRefusal';
  }
}

const withDocs = (code: string | undefined): { code: string; doc_url: string } | object =>
  code === undefined
    ? {}
    : { code, doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}` };

export const invalidRequest = (message: string, code?: string, param?: string): StripeRefusal =>
  new StripeRefusal(400, {
    type: 'invalid_request_error',
    message,
    ...withDocs(code),
    ...(param === undefined ? {} : { param }),
  });

export const missing = (param: string): StripeRefusal =>
  invalidRequest(`Missing required param: ${param}.`, 'parameter_missing', param);

/** `kind` in Stripe's words, `checkout.session` or `payment_intent`; `param` is the one that named it. */
export const noSuch = (kind: string, id: string, param: string): StripeRefusal =>
  new StripeRefusal(404, {
    type: 'invalid_request_error',
    message: `No such ${kind}: '${id}'`,
    ...withDocs('resource_missing'),
    param,
  });

/** What Stripe itself would accept and this double cannot act out: refused rather than ignored. */
export const notSimulated = (param: string): StripeRefusal =>
  invalidRequest(`This sandbox does not simulate ${param}.`, 'sandbox_not_simulated', param);
