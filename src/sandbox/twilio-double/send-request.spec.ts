import { describe, expect, it } from 'vitest';
import { readSendRequest } from './send-request.js';
import { parseTwilioForm } from './twilio-form.js';

const APP_URL = 'https://shop.example';
const CUSTOMER = '+590690123456';

const read = (changes: Record<string, string | string[]>, senders?: string[]): unknown => {
  const body = new URLSearchParams({ To: CUSTOMER, From: 'GARAGE', Body: 'x' });
  for (const [name, value] of Object.entries(changes)) {
    body.delete(name);
    for (const one of [value].flat()) body.append(name, one);
  }
  return readSendRequest(parseTwilioForm(body.toString()), senders);
};

const codeOf = (changes: Record<string, string | string[]>, senders?: string[]): unknown => {
  try {
    return read(changes, senders);
  } catch (error) {
    return (error as { body?: { code: number } }).body?.code;
  }
};

describe('what Twilio checks before it takes a message', () => {
  it.each<[number, Record<string, string | string[]>]>([
    [21211, { To: '+590' }],
    [21211, { To: '0690123456' }],
    [21211, { To: '+15005550001' }],
    [21612, { To: '+15005550002' }],
    [21408, { To: '+15005550003' }],
    [21610, { To: 'whatsapp:+15005550004', From: 'whatsapp:+590590000000' }],
    [21614, { To: '+15005550009' }],
    [21602, { Body: ' ' }],
    [21603, { From: '' }],
    [21604, { To: '' }],
    [21212, { From: 'TWELVE CHARS' }],
    [21212, { To: `whatsapp:${CUSTOMER}`, From: 'whatsapp:GARAGE' }],
    [21910, { From: 'whatsapp:+590590000000' }],
    [21910, { To: `whatsapp:${CUSTOMER}` }],
    [21266, { From: CUSTOMER }],
    [21617, { Body: 'x'.repeat(1_601) }],
    [21620, { MediaUrl: 'shop.example/q.png' }],
    [21623, { MediaUrl: Array.from({ length: 11 }, () => `${APP_URL}/q.png`) }],
    [21609, { StatusCallback: 'https://shop_one.example/status' }],
    [21609, { StatusCallback: `${APP_URL}/${'x'.repeat(4_000)}` }],
    [21654, { ContentVariables: '{"1":"x"}' }],
    [21656, { ContentSid: 'HX1', ContentVariables: '{"1":""}' }],
    [21656, { ContentSid: 'HX1', ContentVariables: '1 = x' }],
    [21705, { MessagingServiceSid: 'MG1' }],
  ])('answers %i to %j', (code, changes) => {
    expect(codeOf(changes)).toBe(code);
  });

  it.each([
    ['a text of 1600 characters', { Body: 'x'.repeat(1_600) }],
    ['media without a text', { Body: '', MediaUrl: `${APP_URL}/q.png` }],
    ['a template without a text', { Body: '', ContentSid: 'HX1', ContentVariables: '{"1":"x"}' }],
    ['a short code', { From: '36666' }],
    [
      'a messaging service instead of a sender',
      { From: '', MessagingServiceSid: `MG${'a'.repeat(32)}` },
    ],
    ['a callback with a query', { StatusCallback: `${APP_URL}/status?nid=42` }],
  ])('takes %s', (_what, changes) => {
    expect(read(changes)).toMatchObject({ to: CUSTOMER });
  });

  it('knows which senders the account owns', () => {
    const senders = ['GARAGE', 'whatsapp:+590590000000'];
    expect(codeOf({}, senders)).toMatchObject({ from: 'GARAGE' });
    expect(codeOf({ From: 'OTHER' }, senders)).toBe(21606);
    const to = `whatsapp:${CUSTOMER}`;
    expect(codeOf({ To: to, From: 'whatsapp:+33600000000' }, senders)).toBe(63007);
  });
});
