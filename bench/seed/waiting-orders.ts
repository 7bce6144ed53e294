import type pg from 'pg';
import type { LoadRequest } from '../measure/load.js';
import { findOpenOrders, type OpenOrder } from './orders.js';
import { forgedRequest, paidEvent, signedRequest } from './signed-events.js';

/** The orders of a database that wait for their payment: each is paid once. */
export class WaitingOrders {
  private paid = 0;

  private constructor(private readonly orders: readonly OpenOrder[]) {}

  static async of(database: pg.Client): Promise<WaitingOrders> {
    return new WaitingOrders(await findOpenOrders(database));
  }

  /**
   * One first delivery a call, for so many orders at most, written and signed before the clock runs: a
   * client of the benchmark only sends. Throws when no order is left to be paid.
   */
  firstDeliveries(most: number): () => LoadRequest | null {
    const requests = this.orders
      .slice(this.paid, this.paid + most)
      .map((order) => paidEvent(order))
      .map(signedRequest);
    if (requests.length === 0) throw new Error('Every order is paid');
    const from = this.paid;
    return () => {
      const request = requests[this.paid - from] ?? null;
      if (request) this.paid += 1;
      return request;
    };
  }
}

/** The same few events for ever, as a second delivery of what was settled, or with a wrong signature. */
export function inCircles(requests: readonly LoadRequest[]): () => LoadRequest {
  let turn = 0;
  return () => requests[turn++ % requests.length]!;
}

export const repeatedly = (payloads: readonly string[]): (() => LoadRequest) =>
  inCircles(payloads.map(signedRequest));

export const falsely = (payloads: readonly string[]): (() => LoadRequest) =>
  inCircles(payloads.map(forgedRequest));
