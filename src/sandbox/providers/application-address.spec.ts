import { describe, expect, it } from 'vitest';
import { ApplicationAddress } from './application-address.js';

const address = (port: number, appUrl = 'https://shop.example/base'): ApplicationAddress =>
  new ApplicationAddress({ port, host: '127.0.0.1', appUrl, trustedProxies: [] });

describe('ApplicationAddress', () => {
  it('is expected at PORT until the application has said where it listens', () => {
    const application = address(3_000);
    expect(application.stripeWebhook).toBe('http://127.0.0.1:3000/api/webhook/stripe');
    application.announce('http://127.0.0.1:4000');
    expect(application.stripeWebhook).toBe('http://127.0.0.1:4000/api/webhook/stripe');
  });

  it('is nowhere while the port is unknown', () => {
    expect(address(0).stripeWebhook).toBe('');
    expect(address(0).reach('https://shop.example/base/q/1.png')).toBe(
      'https://shop.example/base/q/1.png',
    );
  });

  it('is that of the process that spoke last and has not ended', () => {
    const application = address(0);
    application.announce('http://127.0.0.1:1');
    application.announce('http://127.0.0.1:2');
    application.withdraw('http://127.0.0.1:2');
    expect(application.url).toBe('http://127.0.0.1:1');
    application.withdraw('http://127.0.0.1:1');
    expect(application.url).toBe('');
  });

  it('reaches the public pages of the shop, and no others, on this machine', () => {
    const application = address(3_000);
    expect(application.reach('https://shop.example/base/q/1.png')).toBe(
      'http://127.0.0.1:3000/q/1.png',
    );
    expect(application.reach('https://shop.example/baseline')).toBe(
      'https://shop.example/baseline',
    );
    expect(application.reach('https://other.example/base/x')).toBe('https://other.example/base/x');
  });
});
