import { describe, expect, it } from 'vitest';
import { loadAppConfig } from '../config/load-app-config.js';
import { TooManyRequestsError } from './access.errors.js';
import { callerOf, RateLimits } from './rate-limits.js';

describe('callerOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('counts %s as %s', (ip, caller) => {
    expect(callerOf(ip)).toBe(caller);
  });
});

describe('RateLimits without a database', () => {
  const limits = new RateLimits(loadAppConfig({ RATE_LIMIT_PAGES: '2', RATE_LIMIT_ORDERS: '0' }));

  it('counts in memory, each caller and each limit for itself', async () => {
    for (const who of ['one', 'two']) {
      await limits.spend('pages', who);
      await limits.spend('pages', who);
      await expect(limits.spend('pages', who)).rejects.toBeInstanceOf(TooManyRequestsError);
      await limits.spend('links', who);
    }
  });

  it('knows no limit of zero', async () => {
    for (let n = 0; n < 1_000; n += 1) await limits.spend('orders', 'one');
  });

  it('says when to come back', async () => {
    const refusal: unknown = await limits.spend('pages', 'one').catch((error: unknown) => error);
    const { retryAfterSeconds } = (refusal as TooManyRequestsError).details;
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });
});
