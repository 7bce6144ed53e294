import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from './support/problems.js';
import { sendRaw } from './support/raw-http.js';
import { TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

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
