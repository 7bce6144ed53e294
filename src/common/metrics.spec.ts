import { register } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';

import { measureProviderCall, providerCalls } from './metrics.js';

const countOf = async (operation: string): Promise<Record<string, number>> => {
  const { values } = await providerCalls.get();
  return Object.fromEntries(
    values
      .filter(({ labels }) => labels.operation === operation)
      .map(({ labels, value }) => [String(labels.result), value]),
  );
};

describe('measureProviderCall', () => {
  it('counts by the name of the result, and answers what the work answered', async () => {
    const call = (): Promise<string> =>
      measureProviderCall('twilio', 'a', async () => 'accepted', String);
    expect(await call()).toBe('accepted');
    await call();
    await measureProviderCall('twilio', 'a', async () => 7);
    expect(await countOf('a')).toEqual({ accepted: 2, ok: 1 });
  });

  it('counts an error and lets it pass', async () => {
    const failing = measureProviderCall('stripe', 'b', () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    expect(await countOf('b')).toEqual({ error: 1 });
  });

  it('times the call in the default registry, also when evaluated twice', async () => {
    vi.resetModules();
    const again = await import('./metrics.js');
    expect(again.providerCalls).toBe(providerCalls);
    await again.measureProviderCall('stripe', 'c', async () => 'x');
    expect(await register.metrics()).toMatch(
      /garageconnect_provider_call_seconds_count\{provider="stripe",operation="c"\} 1/,
    );
  });
});
