import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { ValidationFailedError, validationPipe } from './validation.js';

class ItemDto {
  @IsString()
  sku: string;

  @IsInt()
  @Min(1)
  quantity: number;
}

class OrderDto {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  items: ItemDto[];

  @IsOptional()
  @ValidateNested()
  @Type(() => ItemDto)
  gift?: ItemDto;

  @IsOptional()
  @IsString()
  note?: string;
}

class NoteDto {
  @IsOptional()
  @IsString()
  note?: string;
}

class PageDto {
  @IsOptional()
  @IsInt()
  @Type(() => Number)
  limit?: number;
}

const pipe = validationPipe();
const read = (body: unknown, metatype: new () => object = OrderDto): Promise<unknown> =>
  Promise.resolve(pipe.transform(body, { type: 'body', metatype }));
const faultsOf = async (json: string, metatype?: new () => object) => {
  const error: unknown = await read(JSON.parse(json), metatype).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ValidationFailedError);
  return (error as ValidationFailedError).details.errors ?? [];
};

describe('validationPipe', () => {
  it('gives instances of the classes', async () => {
    const order = (await read({ items: [{ sku: 'A', quantity: 2 }] })) as OrderDto;
    expect(order).toBeInstanceOf(OrderDto);
    expect(order.items[0]).toBeInstanceOf(ItemDto);
  });

  it('takes letters of any script, signs and emoji', async () => {
    const note = 'Éloïse 愛 عائشة 👩🏽‍🔧 {{1}} *x* <b> ’';
    expect(await read({ note }, NoteDto)).toEqual({ note });
  });

  it('takes an absent body where nothing is required', async () => {
    expect(await read(undefined, NoteDto)).toBeInstanceOf(NoteDto);
  });

  it.each([
    [
      '{"items":[{"sku":"A","quantity":1},{"sku":"B","quantity":0}]}',
      'items[1].quantity',
      'quantity must not be less than 1',
    ],
    [
      '{"items":[{"sku":"A","quantity":"2"}]}',
      'items[0].quantity',
      'quantity must be an integer number',
    ],
    [
      '{"items":[{"sku":"A","quantity":1.5}]}',
      'items[0].quantity',
      'quantity must be an integer number',
    ],
    [
      '{"items":[{"sku":"A","quantity":null}]}',
      'items[0].quantity',
      'quantity must be an integer number',
    ],
    ['{"items":[],"totalAmount":1}', 'totalAmount', 'unknown property'],
    [
      '{"items":[{"sku":"A","quantity":1,"unitAmount":1}]}',
      'items[0].unitAmount',
      'unknown property',
    ],
    ['{"items":[],"toString":1}', 'toString', 'unknown property'],
    ['{"items":[],"constructor":1}', 'constructor', 'unknown property'],
    ['{"items":[],"__proto__":{"isAdmin":true}}', '__proto__', 'unknown property'],
    ['{"items":[{"prototype":1}]}', 'items[0].prototype', 'unknown property'],
    ['{"items":["A"]}', 'items[0]', 'must be an object'],
    ['{"items":[null]}', 'items[0]', 'must be an object'],
    ['{"items":[[]]}', 'items[0]', 'must be an object'],
    ['{"items":[],"gift":[]}', 'gift', 'must be an object'],
    ['{"items":[],"gift":[{"sku":"A","quantity":1}]}', 'gift', 'must be an object'],
    ['{"items":[],"gift":1}', 'gift', 'must be an object'],
    ['{"items":{}}', 'items', 'items must be an array'],
    ['{"items":[],"note":{"a":1}}', 'note', 'note must be a string'],
    ['{"items":[],"note":"a\\u0000"}', 'note', 'must not contain control characters'],
    ['{"items":[],"note":"a\\nb"}', 'note', 'must not contain control characters'],
    ['{"items":[],"note":"\\ud83d"}', 'note', 'must not contain control characters'],
    ['{}', 'items', 'items must be an array'],
    ['[]', '', 'the body must be a JSON object'],
    ['null', '', 'the body must be a JSON object'],
    ['1', '', 'the body must be a JSON object'],
    ['"x"', '', 'the body must be a JSON object'],
    ['true', '', 'the body must be a JSON object'],
  ])('refuses %s', async (json, path, message) => {
    expect(await faultsOf(json)).toContainEqual({ path, message });
    expect(Object.prototype).not.toHaveProperty('isAdmin');
  });

  it('tells one fault a property, the topmost', async () => {
    expect(await faultsOf('{"items":[{}]}')).toEqual([
      { path: 'items[0].sku', message: 'sku must be a string' },
      { path: 'items[0].quantity', message: 'quantity must be an integer number' },
    ]);
  });

  it('refuses 10,000 levels without exhausting the stack', async () => {
    const deep = `{"note":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    expect(await faultsOf(deep, NoteDto)).toMatchObject([{ message: 'nested too deeply' }]);
  });

  it('refuses 50,000 values before it looks at each', async () => {
    const items = Array.from({ length: 50_000 }, () => ({}));
    const faults = await faultsOf(JSON.stringify({ items }));
    expect(faults).toEqual([{ path: 'items', message: 'too many values' }]);
  });

  it('tells fifty faults at most, with paths of bounded length', async () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, position) => [`${'k'.repeat(1_000)}${position}`, 1]),
    );
    const faults = await faultsOf(JSON.stringify(unknown));
    expect(faults).toHaveLength(50);
    expect(Math.max(...faults.map(({ path }) => path.length))).toBe(200);
  });

  describe('on a query, as the router parses it', () => {
    const readQuery = (entries: Record<string, unknown>): Promise<unknown> =>
      Promise.resolve(
        pipe.transform(Object.assign(Object.create(null), entries), {
          type: 'query',
          metatype: PageDto,
        }),
      );

    it('converts only what the class converts', async () => {
      expect(await readQuery({ limit: '5' })).toEqual({ limit: 5 });
    });

    it.each<Record<string, unknown>>([
      { limit: 'x' },
      { limit: ['1', '2'] },
      { other: '1' },
      { ['constructor']: '1' },
    ])('refuses %j', async (entries) => {
      await expect(readQuery(entries)).rejects.toBeInstanceOf(ValidationFailedError);
    });
  });
});
