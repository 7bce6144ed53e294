import { performance } from 'node:perf_hooks';
import type { ArgumentMetadata } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { parsePhoneNumber } from '../../src/common/phone-number.js';
import { redactText } from '../../src/common/redact.js';
import { bearerToken } from '../../src/common/secret-digest.js';
import { validationPipe } from '../../src/common/validation.js';
import { CreateOrderDto } from '../../src/orders/dto/create-order.dto.js';
import { ListOrdersQuery } from '../../src/orders/dto/list-orders.query.js';
import { parseImageToken, parsePickupToken } from '../../src/pickup/pickup-token.js';
import { plainText } from '../../src/notifications/templates/plain-text.js';

const LENGTH = 50_000;

/** Texts on which an expression that can split them in many ways tries all of them. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['letters', 'a'.repeat(LENGTH)],
  ['digits', '0'.repeat(LENGTH)],
  ['spaces', ' '.repeat(LENGTH)],
  ['a number that never ends', `+33${'6 '.repeat(LENGTH / 2)}`],
  ['separators', `0${'.-'.repeat(LENGTH / 2)}`],
  ['at signs', '@'.repeat(LENGTH)],
  ['dots after an at sign', `a@${'a.'.repeat(LENGTH / 2)}`],
  ['quotes', `"${'\\"'.repeat(LENGTH / 2)}@example.com`],
  ['half an address', `${'a.'.repeat(LENGTH / 2)}@`],
  ['half a link', `http://${'a:'.repeat(LENGTH / 2)}`],
  ['half a key', `sk_live_${'_'.repeat(LENGTH)} `],
  ['slashes', '/p/'.repeat(LENGTH / 3)],
  ['scripts', '<script '.repeat(LENGTH / 8)],
  ['joined emoji', '👩‍'.repeat(LENGTH / 3)],
];

const pipe = validationPipe();
const validated = async (
  value: unknown,
  metatype: ArgumentMetadata['metatype'],
  type: 'body' | 'query',
) => {
  await Promise.resolve(pipe.transform(value, { type, metatype })).catch(() => undefined);
};
const ITEMS = [{ sku: 'A', quantity: 1 }];

const READERS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['parsePhoneNumber', parsePhoneNumber],
  ['bearerToken', (text) => bearerToken(`Bearer ${text}`)],
  ['parsePickupToken', (text) => parsePickupToken(`GC1.${text}`)],
  ['parseImageToken', (text) => parseImageToken(`GQ1.${text}`)],
  ['redactText', redactText],
  ['plainText', (text) => plainText(text, 100)],
  [
    'the body of an order',
    (text) =>
      validated(
        {
          customer: {
            phoneNumber: text,
            firstName: text,
            lastName: text,
            email: text,
            locale: text,
          },
          items: [...ITEMS, { sku: text, quantity: 1 }],
        },
        CreateOrderDto,
        'body',
      ),
  ],
  [
    'the query of a list',
    (text) =>
      validated(
        { q: text, createdFrom: text, limit: text, status: text },
        ListOrdersQuery,
        'query',
      ),
  ],
];

/** The best of several: a machine under load can make one slow, an expression that explodes makes all. */
async function quickest(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

describe.each(READERS)('S24 %s', (_name, read) => {
  it.each(TEXTS)('is done with 50,000 characters at once: %s', async (_what, text) => {
    expect(await quickest(() => read(text))).toBeLessThan(50);
  });
});
