import { setTimeout as pause } from 'node:timers/promises';
import { CustomerLife, type World } from './customer-life.js';
import type { Fleet } from './fleet.js';
import { SECRETS } from './identity.js';
import type { Random } from '../simulation/random.js';
import type { ShopClient } from './shop-client.js';
import { streamOf } from './stream-of.js';

/** More than these wait for an answer only when nothing is answered: then nobody new comes either. */
const MOST_AT_ONCE = 150;
const CRON_PAUSE_MS = 3_000;
const PRODUCTS = 5;
export const FIRST_STOCK = 100_000;

/** The catalogue; answers the SKUs. */
export async function fillCatalogue(client: ShopClient): Promise<string[]> {
  const skus: string[] = [];
  for (let n = 1; n <= PRODUCTS; n += 1) {
    const sku = `CHAOS-${n}`;
    const product = { brand: 'Michelin', model: `Primacy ${n}`, unitAmount: 9_990 + n * 1_111 };
    const body = { sku, ...product, stock: FIRST_STOCK };
    const call = { method: 'POST', path: '/api/products', key: SECRETS.adminKey, body } as const;
    const answer = await client.once(call);
    if (answer?.status !== 201) throw new Error(`The catalogue was refused: ${answer?.status}`);
    skus.push(sku);
  }
  return skus;
}

/** Customers come at a steady rate until it `isOver`; resolves when the last of them has gone. */
export async function customersCome(
  world: World,
  rate: number,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const lives: Promise<void>[] = [];
  for (let n = 1; !isOver(); n += 1) {
    if (world.journal.busy < MOST_AT_ONCE)
      lives.push(CustomerLife.live(world, n, streamOf(random)));
    await pause(1_000 / rate);
  }
  await Promise.all(lives);
}

/** The scheduler outside calls every instance at once, again and again. */
export async function cronCalls(
  client: ShopClient,
  fleet: Fleet,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await pause(CRON_PAUSE_MS);
    await cronOnce(client, fleet);
  }
}

export async function cronOnce(client: ShopClient, fleet: Fleet): Promise<void> {
  await Promise.all(
    ['payment-reminders', 'reconcile-payments'].flatMap((route) =>
      fleet.urls.map((url) => client.cron(route, url)),
    ),
  );
}
