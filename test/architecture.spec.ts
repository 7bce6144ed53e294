import { describe, expect, it } from 'vitest';
import { importViolations } from './support/import-rules.js';
import { linesOf, MAX_MEDIAN_LINES, medianLines, shapeViolations } from './support/shape-rules.js';
import { importsOf, readSourceFiles, type SourceFile } from './support/source-files.js';

/** A synthetic house: `{ 'orders/x.ts': "import …" }` below `src`. */
const house = (files: Readonly<Record<string, string>>): SourceFile[] =>
  Object.entries(files).map(([path, text]) => ({ path: `src/${path}`, text }));
const rulesOf = (files: Readonly<Record<string, string>>): string[] =>
  importViolations(house(files)).map(({ rule }) => rule);
const importing = (specifier: string): string => `import { x } from '${specifier}';\n`;
const typing = (specifier: string): string => `import type { X } from '${specifier}';\n`;

describe('the project', () => {
  const src = readSourceFiles('src');

  it('imports only what its table allows', () => {
    expect(importViolations(src)).toEqual([]);
  });

  it('has the shape of the house', () => {
    expect(shapeViolations([...src, ...readSourceFiles('migrations')])).toEqual([]);
  });

  it('is made of small files', () => {
    expect(medianLines(src)).toBeLessThanOrEqual(MAX_MEDIAN_LINES);
  });
});

describe('the import rules', () => {
  it.each([
    ['common', 'config/app-config.js'],
    ['common', 'access/roles.decorator.js'],
    ['config', 'database/data-source-options.js'],
    ['database', 'orders/orders.service.js'],
    ['stripe', 'orders/orders.service.js'],
    ['channels', 'notifications/notifications.service.js'],
    ['catalog', 'config/app-config.js'],
    ['catalog', 'database/data-source-options.js'],
    ['customers', 'catalog/products.service.js'],
    ['notifications', 'orders/orders.service.js'],
    ['notifications', 'stripe/checkout.gateway.js'],
    ['orders', 'payments/payments.service.js'],
    ['orders', 'pickup/pickup.service.js'],
    ['orders', 'carts/carts.service.js'],
    ['pickup', 'stripe/checkout.gateway.js'],
    ['carts', 'stripe/checkout.gateway.js'],
    ['payments', 'customers/customers.service.js'],
    ['reminders', 'stripe/checkout.gateway.js'],
    ['insights', 'orders/orders.service.js'],
    ['http', 'orders/orders.service.js'],
  ])('catch %s importing %s', (from, target) => {
    for (const statement of [importing, typing]) {
      expect(rulesOf({ [`${from}/x.ts`]: statement(`../${target}`) })).toEqual([
        `${from} may not import ${target.split('/')[0]}`,
      ]);
    }
  });

  it.each([
    'reminders',
    'reviews',
    'conversations',
    'insights',
    'admin',
    'sandbox',
    'operations',
    'storefront',
    'http',
  ])('catch a module importing %s', (top) => {
    for (const from of ['orders', 'operations', 'admin'].filter((name) => name !== top)) {
      expect(rulesOf({ [`${from}/x.ts`]: importing(`../${top}/${top}.service.js`) })).toEqual([
        `nobody imports ${top}`,
      ]);
    }
  });

  it.each([
    'orders/order.entity.js',
    'orders/orders.repository.js',
    'orders/dto/create-order.dto.js',
    'orders/orders.controller.js',
    'notifications/outbox-signal.js',
    'stripe/stripe-checkout.js',
  ])('catch %s, which its module does not show', (target) => {
    for (const from of ['payments', 'operations', 'admin']) {
      expect(rulesOf({ [`${from}/deep/x.ts`]: typing(`../../${target}`) })).toEqual([
        `${target.split('/')[0]} shows no such file to others`,
      ]);
    }
  });

  it.each([
    ['orders', '../catalog/stock.service.js'],
    ['orders', '../stripe/checkout.gateway.js'],
    ['orders', '../stripe/stripe.errors.js'],
    ['orders', '../notifications/templates/message-template.js'],
    ['orders', '../notifications/notification.response.js'],
    ['orders', '../notifications/enqueue.sql.js'],
    ['payments', '../orders/order-status.js'],
    ['payments', '../orders/dto/order.response.js'],
    ['pickup', '../notifications/pickup-qr.port.js'],
    ['pickup', '../orders/orders.module.js'],
    ['notifications', '../channels/channel.js'],
    ['notifications', '../channels/twilio-signature.guard.js'],
    ['catalog', '../database/transaction.js'],
    ['database', '../orders/order.entity.js'],
    ['database', '../reminders/reminder-step.entity.js'],
    ['database', '../../migrations/index.js'],
    ['insights', '../database/data-source-options.js'],
    ['operations', '../payments/payments.service.js'],
    ['orders', './order.entity.js'],
  ])('let %s import %s', (from, specifier) => {
    expect(rulesOf({ [`${from}/x.ts`]: importing(specifier) })).toEqual([]);
  });

  it('let modules with a controller import access, and no others', () => {
    const guarded = importing('../access/roles.decorator.js');
    expect(rulesOf({ 'catalog/products.controller.ts': guarded })).toEqual([]);
    expect(rulesOf({ 'catalog/products.service.ts': guarded })).toEqual([
      'catalog may not import access',
    ]);
  });

  it('let the root import everybody, but the sandbox only when it is used', () => {
    const files = {
      'app.module.ts':
        importing('./reminders/reminders.module.js') + importing('./http/openapi.js'),
      'main.ts': "const { x } = await import('./sandbox/sandbox.module.js');\n",
    };
    expect(rulesOf(files)).toEqual([]);
    expect(rulesOf({ 'main.ts': importing('./sandbox/sandbox.module.js') })).toEqual([
      'the sandbox is imported dynamically',
    ]);
    expect(rulesOf({ 'orders/x.ts': importing('../app.module.js') })).toEqual([
      'modules do not import the root',
    ]);
  });

  it.each([
    ['payments', 'stripe', importing],
    ['orders', 'stripe', importing],
    ['notifications', 'stripe', typing],
    ['orders', 'stripe/lib/x.js', importing],
    ['notifications', 'twilio', importing],
    ['notifications', 'twilio/lib/base/RequestClient.js', typing],
    ['operations', 'nodemailer', importing],
    ['pickup', 'nodemailer', importing],
  ])('catch %s importing the package %s', (from, name, statement) => {
    expect(rulesOf({ [`${from}/x.ts`]: statement(name) })).toEqual([
      expect.stringMatching(new RegExp(`^${name.split('/')[0]} is imported by `)),
    ]);
  });

  it('let the vendors be imported where they belong, and by any spec', () => {
    const files = {
      'stripe/x.ts': importing('stripe'),
      'sandbox/x.ts': importing('stripe') + importing('twilio') + importing('nodemailer'),
      'channels/x.ts': importing('twilio') + importing('nodemailer'),
      'payments/x.ts': typing('stripe'),
      'orders/x.ts': "import { type Stripe } from 'stripe';\nimport pg from 'stripes';\n",
      'orders/x.spec.ts': importing('stripe') + importing('../payments/payments.repository.js'),
    };
    expect(rulesOf(files)).toEqual([]);
  });

  it('catch imports from elsewhere, without an extension, and by alias', () => {
    expect(rulesOf({ 'orders/x.ts': importing('../../test/support/x.js') })).toEqual([
      'src imports nothing outside src',
    ]);
    expect(rulesOf({ 'orders/x.ts': importing('../../migrations/index.js') })).toEqual([
      'src imports nothing outside src',
    ]);
    expect(rulesOf({ 'orders/x.ts': importing('./order.entity') })).toEqual([
      'relative imports end in .js',
    ]);
    for (const alias of ['@/orders/x', 'src/orders/x', '~/x', '#orders']) {
      expect(rulesOf({ 'orders/x.ts': importing(alias) })).toEqual(['no path aliases']);
    }
  });

  it('catch a folder nobody wrote down', () => {
    expect(rulesOf({ 'billing/x.ts': '' })).toEqual(['every folder is in the import table']);
  });

  it('catch a circle of any length, once', () => {
    const circle = importViolations(
      house({
        'orders/x.ts': importing('../notifications/notifications.service.js'),
        'notifications/x.ts': importing('../customers/customers.service.js'),
        'customers/x.ts': importing('../orders/orders.service.js'),
      }),
    ).filter(({ rule }) => rule === 'no import circle between modules');
    expect(circle).toEqual([
      {
        rule: 'no import circle between modules',
        file: 'src/customers',
        detail: 'customers → orders → notifications → customers',
      },
    ]);
  });

  it('see every way to import', () => {
    const text = [
      "import a from './a.js';",
      "import './b.js';",
      "import * as c from './c.js';",
      "import { type D } from './d.js';",
      "import { type E, e } from './e.js';",
      "export * from './f.js';",
      "export type { G } from './g.js';",
      "const h = await import('./h.js');",
      "let i: import('./i.js').I;",
      "const text = \"import { no } from './no.js'\"; // import './no.js'",
    ].join('\n');
    expect(
      importsOf({ path: 'src/x/y.ts', text }).map(({ target, isTypeOnly }) => [target, isTypeOnly]),
    ).toEqual([
      ['src/x/a.ts', false],
      ['src/x/b.ts', false],
      ['src/x/c.ts', false],
      ['src/x/d.ts', true],
      ['src/x/e.ts', false],
      ['src/x/f.ts', false],
      ['src/x/g.ts', true],
      ['src/x/h.ts', false],
      ['src/x/i.ts', true],
    ]);
  });
});

describe('the shape rules', () => {
  const parameters = (count: number): string =>
    `class X { constructor(${Array.from({ length: count }, (_, i) => `readonly p${i}: P`).join(', ')}) {} }`;

  it.each([
    ['src/orders/index.ts', '', 'no barrels'],
    ['src/orders/order.types.ts', '', 'no *.types.ts'],
    ['src/utils/x.ts', '', 'no folder without a subject'],
    ['src/orders/helpers/x.ts', '', 'no folder without a subject'],
    ['src/orders/OrderService.ts', '', 'file names are kebab-case'],
    ['src/orders/x.ts', '\n'.repeat(300) + 'x', 'at most 300 lines'],
    ['src/orders/x.ts', parameters(7), 'at most 6 dependencies'],
    ['src/orders/x.ts', 'imports: [forwardRef(() => X)]', 'no forwardRef'],
    ['src/orders/x.ts', 'enum Colour { Red }', 'no enum'],
  ])('catch %s', (path, text, rule) => {
    expect(shapeViolations([{ path, text }]).map((fault) => fault.rule)).toEqual([rule]);
  });

  it('let the rest pass', () => {
    const files = [
      { path: 'migrations/index.ts', text: '' },
      { path: 'src/orders/x.ts', text: parameters(6) },
      { path: 'src/orders/y.ts', text: '\n'.repeat(299) + 'x\n' },
    ];
    expect(shapeViolations(files)).toEqual([]);
  });

  it('count lines, and the middle without the specs', () => {
    const file = (path: string, lines: number): SourceFile => ({ path, text: 'x\n'.repeat(lines) });
    expect(linesOf(file('src/a.ts', 3))).toBe(3);
    expect(
      medianLines([
        file('src/a.ts', 1),
        file('src/b.ts', 5),
        file('src/c.ts', 9),
        file('src/c.spec.ts', 999),
      ]),
    ).toBe(5);
  });
});
