import type { Bench, Scenario } from '../bench.js';
import type { LoadRequest } from '../measure/load.js';
import { SHOP_KEY } from '../programs/settings.js';
import { PRODUCTS } from '../seed/orders.js';
import { closeContest, compareRates, openContest } from './contest.js';

const HEADERS = {
  'content-type': 'application/json',
  authorization: `Bearer ${SHOP_KEY}`,
};

const among = (count: number): number => Math.floor(Math.random() * count);

/** Two different articles for one of a million customers. */
export function orderRequest(): LoadRequest {
  const first = 1 + among(PRODUCTS);
  const second = 1 + ((first + among(PRODUCTS - 1)) % PRODUCTS);
  const body = JSON.stringify({
    customer: {
      phoneNumber: `+590690${String(among(1_000_000)).padStart(6, '0')}`,
      firstName: 'Aline',
    },
    items: [
      { sku: `TYRE-${first}`, quantity: 2 },
      { sku: `TYRE-${second}`, quantity: 1 },
    ],
  });
  return { path: '/api/orders', body, headers: HEADERS, expect: 201 };
}

export const placeOrders: Scenario = {
  name: 'place',
  async run(bench: Bench) {
    const contest = await openContest(bench, 'place');
    try {
      const rows = [];
      for (const [turn, clients] of bench.options.clients.entries()) {
        rows.push(
          await compareRates(bench, contest, 'place', {
            what: `place an order, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
            unit: 'orders/s',
            target: { least: 0.7 },
            clients,
            isNew: turn === 0,
            requests: async () => orderRequest,
          }),
        );
      }
      return rows;
    } finally {
      await closeContest(bench, contest);
    }
  },
};
