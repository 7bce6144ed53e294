import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CompiledApplication,
  compileApplication,
  environmentBeside,
  spawnApplication,
} from '../support/app-process.js';
import { TestApp } from '../support/test-app.js';

let compiled: CompiledApplication;
let app: TestApp;

beforeAll(async () => {
  [compiled, app] = await Promise.all([compileApplication(), TestApp.start()]);
}, 120_000);
afterAll(async () => {
  await app.stop();
  await compiled.remove();
});

const NEVER = 'canary0000000000000000';
/** Four starts at once; every other value that is refused is in the specs of the configuration. */
const TOGETHER = { concurrent: true, timeout: 120_000 } as const;

describe('W26 a process without a usable STRIPE_WEBHOOK_SECRET', TOGETHER, () => {
  it.each([
    ['it is missing', undefined],
    ['it is blank', '   '],
    ['it ends in a line break', `whsec_${NEVER}\n`],
  ])('does not start when %s, and says why without the value', async (_what, secret) => {
    const { STRIPE_WEBHOOK_SECRET: _ours, ...others } = environmentBeside(app);
    const env = secret === undefined ? others : { ...others, STRIPE_WEBHOOK_SECRET: secret };
    const one = await spawnApplication(compiled, env);
    expect(await one.ended).toEqual({ code: 1, signal: null });
    expect(one.stderr()).toMatch(/^\s*(?:- )?STRIPE_WEBHOOK_SECRET:/m);
    expect(one.stderr()).not.toContain(NEVER);
    expect(one.stdout()).toBe('');
    await expect(fetch(`${one.url}/health/live`)).rejects.toThrow('fetch failed');
  });

  it('starts with a secret, and takes nothing that is unsigned', async () => {
    const one = await (await spawnApplication(compiled, environmentBeside(app))).ready();
    try {
      const answer = await fetch(`${one.url}/api/webhook/stripe`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"object":"event"}',
      });
      expect(answer.status).toBe(400);
    } finally {
      await one.end();
    }
  });
});
