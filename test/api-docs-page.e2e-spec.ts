import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from './support/problems.js';
import { bearer, keyOf, sendRaw } from './support/raw-http.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
let production: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  production = await TestApp.start({
    beside: app,
    config: (config) => ({ ...config, environment: 'production' }),
  });
});
afterAll(async () => {
  await production.stop();
  await app.stop();
});

interface Asset {
  readonly path: string;
  readonly type: RegExp;
}

const assetsOf = (html: string): Asset[] => [
  ...[...html.matchAll(/<script src="([^"]+)"/g)].map(([, path]) => ({
    path: path!,
    type: /^(?:application|text)\/javascript/,
  })),
  ...[...html.matchAll(/<link rel="stylesheet"[^>]* href="([^"]+)"/g)].map(([, path]) => ({
    path: path!,
    type: /^text\/css/,
  })),
  ...[...html.matchAll(/<link rel="icon"[^>]* href="([^"]+)"/g)].map(([, path]) => ({
    path: path!,
    type: /^image\/png/,
  })),
];

const DOCS = ['/api/docs', '/api/docs/', '/api/docs-json', '/api/docs-yaml'];

describe('the page at /api/docs', () => {
  it.each([['/api/docs'], ['/api/docs/'], ['/api/docs/index.html']])(
    'loads with all its parts from %s, as the content security policy lets it',
    async (path) => {
      const page = await app.http.get(path).expect(200);
      expect(page.headers['content-type']).toMatch(/^text\/html/);
      const assets = assetsOf(page.text);
      expect(assets.length).toBeGreaterThanOrEqual(5);
      for (const asset of assets) {
        const url = new URL(asset.path, `${app.url}${path}`);
        expect(url.origin).toBe(app.url);
        const answer = await app.http.get(url.pathname).expect(200);
        expect(answer.headers['content-type']).toMatch(asset.type);
        expect(answer.headers['x-content-type-options']).toBe('nosniff');
      }
      // script-src is 'self' alone: a script in the page would not run.
      expect(page.headers['content-security-policy']).toContain("script-src 'self';");
      expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
      expect(page.text).not.toMatch(/\son\w+="/);
      expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    },
  );

  it('offers Authorize for both kinds of keys', async () => {
    const script = await app.http.get('/api/docs/swagger-ui-init.js').expect(200);
    expect(script.text).toContain('"securitySchemes"');
    expect(script.text).toContain('"persistAuthorization": true');
  });

  it('hands out nothing of what lies around its parts', async () => {
    for (const path of ['..%2fpackage.json', '..%2f..%2f.env', '%2e%2e/index.js', 'main.js']) {
      const answer = await sendRaw(app, `/api/docs/${path}`);
      if (answer.status === 403) expectProblem(answer, 403, 'forbidden');
      else expectProblem(answer, 404, 'not_found');
    }
  });
});

describe('in production, the documentation', () => {
  const read = (path: string, headers: Record<string, string> = {}) =>
    sendRaw(production, path, { headers });

  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  it('is shown to an admin key, as bearer or as the password of Basic', async () => {
    const key = keyOf(production, 'admin');
    for (const path of [...DOCS, '/api/docs/swagger-ui-init.js', '/api/docs/swagger-ui.css']) {
      expect(await read(path, bearer(production, 'admin'))).toMatchObject({ status: 200 });
      expect(await read(path, basic('admin', key))).toMatchObject({ status: 200 });
      expect(await read(path, basic('', key))).toMatchObject({ status: 200 });
    }
  });

  it.each([
    ...DOCS.map((path) => [path]),
    ['/api/docs/swagger-ui-init.js'],
    ['/api/docs/swagger-ui-bundle.js'],
    ['/api/docs/index.html'],
    ['/api/docs/LICENSE'],
    ['/api/docs?x=1'],
    ['/api/docs-json?x=1'],
    ['/api/%64ocs'],
    ['/api/%64ocs-json'],
    ['/api/%64ocs-yaml'],
    ['/api/docs%2Djson'],
    ['/%61pi/docs-json'],
    ['/api/%64ocs/swagger-ui-init.js'],
    ['/api/d%6Fcs/swagger-ui-init.js'],
  ])('answers 401 to everybody else at %s', async (path) => {
    const key = keyOf(production, 'admin');
    const others: Record<string, string>[] = [
      {},
      bearer(production, 'shop'),
      bearer(production, 'counter'),
      basic('admin', keyOf(production, 'shop')),
      basic('admin', ''),
      basic(key, ''),
      basic('admin', `${key}x`),
      { authorization: 'Basic !!!' },
      { authorization: 'Bearer undefined' },
      { authorization: `Bearer ${production.config.access.cronSecret}` },
    ];
    for (const headers of others) {
      const answer = await read(path, headers);
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers['www-authenticate']).toContain('Basic realm=');
    }
  });

  it('has no other door: what leads nowhere tells nothing', async () => {
    for (const path of [
      '//api/docs-json',
      '/api/docs-json/',
      '/API/docs-json',
      '/api/./docs-json',
    ]) {
      const answer = await read(path);
      expect([401, 404]).toContain(answer.status);
    }
  });

  it('leaves the other routes as they are', async () => {
    expect(await read('/api/config')).toMatchObject({ status: 200 });
    expect(await read('/api/products', bearer(production, 'shop'))).toMatchObject({ status: 200 });
  });
});
