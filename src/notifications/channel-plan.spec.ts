import { describe, expect, it } from 'vitest';
import { CHANNEL_PLAN, PAYMENT_REQUESTS } from './channel-plan.js';
import { NOTIFICATION_KINDS } from './templates/message-template.js';

describe('the channel plan', () => {
  it.each(NOTIFICATION_KINDS)('gives %s a channel, each once, the e-mail first', (kind) => {
    const channels = CHANNEL_PLAN[kind];
    expect(channels).toContain('whatsapp');
    expect(new Set(channels).size).toBe(channels.length);
    expect(channels.indexOf('email')).toBeLessThanOrEqual(0);
  });

  it('takes nothing back that a paid order is owed', () => {
    expect(PAYMENT_REQUESTS).not.toContain('payment_thank_you');
    expect(PAYMENT_REQUESTS).not.toContain('pickup_qr');
  });
});
