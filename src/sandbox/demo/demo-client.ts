import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderResponse } from '../../orders/dto/order.response.js';
import type { PhoneView } from '../providers/phone-view.js';
import { DemoFailure } from './demo-failure.js';

const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;

type Role = 'admin' | 'shop' | 'counter';

/** The state as it comes over HTTP, of which the demo reads this much. */
interface State {
  readonly keys: Readonly<Record<Role, string | null>>;
  readonly products: readonly { readonly sku: string; readonly stock: number }[];
  readonly phone: PhoneView;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Drives a running sandbox from outside, as a storefront, an admin and a counter would. */
export class DemoClient {
  private keys: State['keys'] | null = null;

  /** Base URL, without a trailing slash. */
  constructor(private readonly url: string) {}

  async place(body: object): Promise<OrderResponse> {
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await this.api<OrderResponse>('POST', '/api/orders', {
      role: 'shop',
      body,
      headers,
    });
    return expectStatus('POST /api/orders', answer, 201);
  }

  async order(id: string): Promise<OrderResponse> {
    const path = `/api/orders/${id}`;
    return expectStatus(
      `GET ${path}`,
      await this.api<OrderResponse>('GET', path, { role: 'shop' }),
      200,
    );
  }

  /** The types of all that happened to an order, oldest first. */
  async timeline(id: string): Promise<string[]> {
    const path = `/api/orders/${id}/timeline`;
    const answer = await this.api<{ data: { type: string }[] }>('GET', path, { role: 'admin' });
    return expectStatus(`GET ${path}`, answer, 200).data.map(({ type }) => type);
  }

  async redeem(token: string): Promise<number> {
    const call = { role: 'counter', body: { token } } as const;
    return (await this.api('POST', '/api/pickups', call)).status;
  }

  /** What the counter's scanner reads from a picture on the customer's phone. */
  async scan(messageId: string): Promise<string> {
    const body = { messageId, picture: 0 };
    const answer = await this.api<{ token: string }>('POST', '/sandbox/scans', { body });
    return expectStatus('POST /sandbox/scans', answer, 200).token;
  }

  async age(orderId: string, minutes: number): Promise<void> {
    const path = `/sandbox/orders/${orderId}/age`;
    expectStatus(`POST ${path}`, await this.api('POST', path, { body: { minutes } }), 204);
  }

  async phone(number: string): Promise<PhoneView> {
    return (await this.state(number)).phone;
  }

  async stock(sku: string): Promise<number> {
    const { products } = await this.state();
    const found = products.find((product) => product.sku === sku);
    if (!found) throw new DemoFailure(`the demo catalogue has no ${sku}`);
    return found.stock;
  }

  private async state(number?: string): Promise<State> {
    const query = number ? `?number=${encodeURIComponent(number)}` : '';
    const answer = await this.api<State>('GET', `/sandbox/state${query}`);
    return expectStatus('GET /sandbox/state', answer, 200);
  }

  private async api<T>(
    method: string,
    path: string,
    call: { role?: Role; body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const { role, body, headers } = call;
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(role ? { authorization: `Bearer ${await this.key(role)}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    // Whoever asks knows the shape of the route's answer.
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  private async key(role: Role): Promise<string> {
    this.keys ??= (await this.state()).keys;
    return this.keys[role] ?? '';
  }
}

function expectStatus<T>(request: string, { status, body }: Answer<T>, expected: number): T {
  if (status === expected) return body;
  throw new DemoFailure(
    `${request} answered ${status} instead of ${expected}: ${JSON.stringify(body)}`,
  );
}

/** Looks until `find` has something; `what` completes "… did not happen within 15 s". */
export async function eventually<T>(what: string, find: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await find();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new DemoFailure(`${what} within ${PATIENCE_MS / 1_000} s`);
    await pause(PAUSE_MS);
  }
}
