import { plainToInstance } from 'class-transformer';
import { IsInt, IsString, validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { CreateProductDto } from '../src/catalog/dto/create-product.dto.js';
import { CreateOrderDto } from '../src/orders/dto/create-order.dto.js';
import { listsForObjects } from '../src/common/input-shape.js';
import { keepsItsRules } from '../src/common/kept-rules.js';

type Body = Record<string, unknown>;

const goodOrder = () => ({
  customer: { phoneNumber: '+590690123456', firstName: 'Aline' } as Body,
  items: [
    { sku: 'TYRE-1', quantity: 2 },
    { sku: 'TYRE-2', quantity: 1 },
  ] as unknown[],
});

const STRICT = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };

/** What is said of the same instance by those who look for faults. */
const hasNoFault = (dto: object): boolean =>
  validateSync(dto, STRICT).length === 0 && listsForObjects(dto).length === 0;

const ODD_VALUES = [
  undefined,
  null,
  '',
  ' ',
  'fr',
  'TYRE-1',
  'x'.repeat(101),
  'aline@example.com',
  '0690 12 34 56',
  '+33 1',
  0,
  1,
  2.5,
  -1,
  1_000,
  1_001,
  Number.NaN,
  '2',
  true,
  [],
  [[]],
  [{}],
  {},
  { sku: 'TYRE-9', quantity: 1 },
  Array.from({ length: 101 }, (_, n) => ({ sku: `S-${n}`, quantity: 1 })),
];

/** Bodies with one thing changed, added or left out. */
function changedOrders(): object[] {
  const names = ['phoneNumber', 'firstName', 'lastName', 'email', 'locale', 'customer', 'unknown'];
  return ODD_VALUES.flatMap((odd) => [
    { ...goodOrder(), customer: odd },
    { ...goodOrder(), items: odd },
    { ...goodOrder(), unknown: odd },
    { ...goodOrder(), items: [...goodOrder().items, odd] },
    ...['sku', 'quantity', 'unknown'].map((name) => ({
      ...goodOrder(),
      items: [{ sku: 'TYRE-3', quantity: 1, [name]: odd }, ...goodOrder().items],
    })),
    ...names.map((name) => ({
      ...goodOrder(),
      customer: { ...goodOrder().customer, [name]: odd },
    })),
  ]);
}

describe('keepsItsRules', () => {
  it('knows an order without a fault, which is why it is there', () => {
    expect(keepsItsRules(plainToInstance(CreateOrderDto, goodOrder()))).toBe(true);
  });

  it('says of every order what those say who look for its faults', () => {
    const bodies = JSON.parse(JSON.stringify(changedOrders())) as object[];
    const dtos = bodies.map((body) => plainToInstance(CreateOrderDto, body));
    const answers = dtos.map(keepsItsRules);
    expect(answers).toEqual(dtos.map(hasNoFault));
    expect(new Set(answers)).toEqual(new Set([true, false]));
  });

  it('and of every article', () => {
    const good = {
      sku: 'TYRE-1',
      brand: 'Michelin',
      model: 'Primacy',
      unitAmount: 9_900,
      currency: 'eur',
      stock: 3,
    };
    const changed = ODD_VALUES.flatMap((odd) =>
      [...Object.keys(good), 'active', 'unknown'].map((name) => ({ ...good, [name]: odd })),
    );
    const dtos = [good, ...changed].map((body) => plainToInstance(CreateProductDto, body));
    expect(dtos.map(keepsItsRules)).toEqual(dtos.map(hasNoFault));
    expect(keepsItsRules(dtos[0]!)).toBe(true);
  });

  it('does not know what has no rules, or rules of another kind', () => {
    class Grouped {
      @IsInt({ groups: ['some'] })
      count: number;
    }
    class Each {
      @IsString({ each: true })
      names: string[];
    }
    expect(keepsItsRules({})).toBe(false);
    expect(keepsItsRules(plainToInstance(Grouped, { count: 1 }))).toBe(false);
    expect(keepsItsRules(plainToInstance(Each, { names: ['a'] }))).toBe(false);
  });
});
