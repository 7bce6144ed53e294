import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProduct, orderBody, payOrder, placeOrder } from './support/factories.js';
import {
  type ApiDocument,
  type Operation,
  operationsOf,
  readDocument,
  referencesIn,
  schemaErrors,
} from './support/openapi.js';
import { routesOf } from './support/routes.js';
import { APP_URL, TestApp } from './support/test-app.js';

let app: TestApp;
let document: ApiDocument;
let operations: [string, Operation][];
beforeAll(async () => {
  app = await TestApp.start();
  document = await readDocument(app);
  operations = operationsOf(document);
});
afterAll(() => app.stop());

const PROBLEM = '#/components/schemas/ProblemResponse';

const secured = (scheme: string) =>
  operations.filter(([, { security = [] }]) => security.some((one) => scheme in one));

const statusesOf = ({ responses }: Operation): number[] => Object.keys(responses).map(Number);

describe('the document', () => {
  it('says what it describes and where', () => {
    expect(document.openapi).toMatch(/^3\./);
    expect(document.info).toMatchObject({ title: 'GarageConnect', version: '1' });
    expect(document.servers).toEqual([{ url: APP_URL }]);
  });

  it('lists every route there is and no other', () => {
    const routes = routesOf(app).map(({ method, path }) => `${method} ${path}`);
    expect(operations.map(([name]) => name).toSorted()).toEqual(routes.toSorted());
  });

  it('gives each a summary, a tag and a good answer', () => {
    for (const [name, operation] of operations) {
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/\S/)]);
      expect([name, operation.tags?.length]).not.toEqual([name, 0]);
      expect([name, statusesOf(operation).some((status) => status < 300)]).toEqual([name, true]);
    }
  });

  it('asks for a key exactly where the application does', async () => {
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'cron']);
    for (const scheme of Object.values(document.components.securitySchemes)) {
      expect(scheme).toMatchObject({ type: 'http', scheme: 'bearer' });
      expect(scheme['bearerFormat']).not.toBe('JWT');
    }
    for (const [name, { security }] of operations) {
      const [method = '', path = ''] = name.split(' ');
      const url = path.replace(/\{\w+\}/g, randomUUID());
      const answer = await app.http[method.toLowerCase() as 'get'](url);
      expect([name, answer.status === 401]).toEqual([name, security !== undefined]);
    }
  });

  it('describes every refusal as a problem document', () => {
    for (const [name, { responses }] of operations) {
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        // Health and pages have answers of their own; the cron routes keep the original's.
        if (Number(status) < 400 || /^GET \/(?:health|payment|api\/cron)\//.test(name)) continue;
        expect([name, status, description]).toEqual([
          name,
          status,
          expect.stringMatching(/^[a-z]/),
        ]);
        const schema = content['application/problem+json']?.schema;
        expect([name, status, schema]).toEqual([name, status, { $ref: PROBLEM }]);
      }
    }
  });

  it('names the refusals a caller must expect', () => {
    for (const [name, operation] of secured('bearer')) {
      const statuses = statusesOf(operation);
      expect([name, statuses]).toEqual([name, expect.arrayContaining([401, 403])]);
      if (name.includes('{id}')) {
        expect([name, statuses]).toEqual([name, expect.arrayContaining([400, 404])]);
      }
      const takesInput =
        operation.requestBody ?? operation.parameters?.some((one) => one.in === 'query');
      if (takesInput) expect([name, statuses]).toEqual([name, expect.arrayContaining([400])]);
    }
    for (const [name, operation] of secured('cron')) {
      expect([name, statusesOf(operation)]).toEqual([name, expect.arrayContaining([401])]);
    }
  });

  it('gives every body of a request and of an answer its schema', () => {
    for (const [name, { requestBody, responses }] of operations) {
      if (requestBody) {
        expect([name, requestBody.content?.['application/json']?.schema]).toEqual([
          name,
          expect.anything(),
        ]);
      }
      for (const [status, { content }] of Object.entries(responses)) {
        if (!name.startsWith('GET /api/') && !name.startsWith('POST /api/')) continue;
        if (status === '204') continue;
        const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
        expect([name, status, schemas]).toEqual([name, status, [expect.anything()]]);
      }
    }
    for (const reference of referencesIn(document)) {
      const [, schema] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      expect(Object.keys(document.components.schemas)).toContain(schema);
    }
  });

  it('shows an example of everything a caller sends', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (!name.endsWith('Dto')) continue;
      for (const [property, one] of Object.entries(schema.properties ?? {})) {
        const isShown =
          one.$ref ??
          one.items?.$ref ??
          one.enum ??
          one.example ??
          one.default ??
          one.type === 'boolean';
        expect([name, property, isShown]).not.toEqual([name, property, false]);
      }
    }
  });

  it('calls ids UUIDs, instants date-times and money integers', () => {
    for (const [name, { parameters = [] }] of operations) {
      for (const { schema } of parameters.filter((one) => one.name === 'id')) {
        expect([name, schema]).toEqual([name, expect.objectContaining({ format: 'uuid' })]);
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const [property, { type, format }] of Object.entries(schema.properties ?? {})) {
        if (/amount$|^quantity$|^stock$/i.test(property)) {
          expect([name, property, type]).toEqual([name, property, 'integer']);
        }
        if (property.endsWith('At'))
          expect([name, property, format]).toEqual([name, property, 'date-time']);
      }
    }
  });

  it('needs no body to cancel an order', () => {
    expect(document.paths['/api/orders/{id}/cancel']!['post']!.requestBody?.required).not.toBe(
      true,
    );
  });
});

describe('what is really answered', () => {
  const expectDocumented = (name: string, answer: unknown) =>
    expect(schemaErrors(document, name, answer)).toEqual([]);

  it('is what the document says', async () => {
    const admin = app.as('admin');
    const order = await payOrder(app, await placeOrder(app));
    await placeOrder(app, { customer: { email: 'aline@example.com' } });
    expectDocumented('OrderResponse', order);
    expectDocumented('OrderPageResponse', (await admin.get('/api/orders')).body);
    expectDocumented(
      'TimelineResponse',
      (await admin.get(`/api/orders/${order.id}/timeline`)).body,
    );
    expectDocumented('ProductResponse', await createProduct(app));
    expectDocumented('ProductPageResponse', (await admin.get('/api/products?limit=1')).body);
    expectDocumented('StorefrontResponse', (await app.http.get('/api/config')).body);
    const refused = await admin.post('/api/orders').send({});
    expectDocumented('ProblemResponse', refused.body);
    expectDocumented('ProblemResponse', (await admin.get(`/api/orders/${randomUUID()}`)).body);
    expectDocumented('CreateOrderDto', await orderBody(app));
  });

  it('would be noticed when it was not', () => {
    expect(schemaErrors(document, 'StorefrontResponse', { currency: 1, extra: 1 })).toHaveLength(4);
  });
});
