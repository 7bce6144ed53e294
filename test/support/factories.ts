import type { OrderResponse } from '../../src/orders/dto/order.response.js';
import type { ProductResponse } from '../../src/catalog/dto/product.response.js';
import type { TestApp } from './test-app.js';

let counter = 0;
const next = (): number => (counter += 1);

export const aSku = (): string => `TYRE-${process.pid}-${next()}`;

/** A mobile number of Guadeloupe that no other order of the run has. */
export const aPhone = (): string => `+5906901${String(10_000 + next()).slice(-5)}`;

/** A product in the catalogue: 129.95 EUR, 10 in stock unless told otherwise. */
export async function createProduct(
  app: TestApp,
  overrides: Partial<ProductResponse> = {},
): Promise<ProductResponse> {
  const { id: _id, ...product } = {
    sku: aSku(),
    brand: 'Michelin',
    model: 'Primacy 4 205/55 R16 91V',
    unitAmount: 12_995,
    currency: 'eur',
    stock: 10,
    active: true,
    id: '',
    ...overrides,
  };
  const answer = await app.as('admin').post('/api/products').send(product).expect(201);
  return answer.body as ProductResponse;
}

export interface OrderInput {
  readonly customer?: Record<string, unknown>;
  readonly items?: readonly { sku: string; quantity: number }[];
}

/** The body of `POST /api/orders`, for a product that exists. */
export async function orderBody(app: TestApp, input: OrderInput = {}) {
  const items = input.items ?? [{ sku: (await createProduct(app)).sku, quantity: 2 }];
  return {
    customer: { phoneNumber: aPhone(), firstName: 'Aline', lastName: 'Moreau', ...input.customer },
    items,
  };
}

/** An order that waits for its payment, with an open link. */
export async function placeOrder(app: TestApp, input: OrderInput = {}): Promise<OrderResponse> {
  const body = await orderBody(app, input);
  const answer = await app.as('shop').post('/api/orders').send(body).expect(201);
  return answer.body as OrderResponse;
}

export async function readOrder(app: TestApp, id: string): Promise<OrderResponse> {
  return (await app.as('shop').get(`/api/orders/${id}`).expect(200)).body as OrderResponse;
}

/** Pays at Stripe and delivers every event that follows. */
export async function payOrder(app: TestApp, order: OrderResponse): Promise<OrderResponse> {
  app.doubles.stripe.pay(order.stripeSessionId!);
  await app.doubles.stripe.deliverPending();
  return readOrder(app, order.id);
}

/** An order that is paid at Stripe, of which nobody has told us yet. */
export async function paidAtStripe(
  app: TestApp,
): Promise<{ id: string; sessionId: string; intentId: string }> {
  const order = await placeOrder(app);
  const sessionId = order.stripeSessionId!;
  app.doubles.stripe.pay(sessionId);
  return { id: order.id, sessionId, intentId: app.doubles.stripe.paymentIntentOf(sessionId).id };
}
