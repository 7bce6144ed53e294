import { createHmac } from 'node:crypto';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { charge } from '../sandbox/stripe-double/factories/charge.factory.js';
import { event } from '../sandbox/stripe-double/factories/event.factory.js';
import { verifyStripeEvent } from './stripe-webhook-signature.js';
import { WebhookSignatureError } from './stripe.errors.js';

const SECRET = 'whsec_ours00000000000000000000';
const NEXT = 'whsec_next00000000000000000000';
const OTHER = 'whsec_other0000000000000000000';
const NOW = 1_795_339_200;

const stripe = new Stripe('sk_test_unused');
const body = JSON.stringify(event('charge.updated', charge()), null, 2);

/** Written out here, so that the check is not checked with itself. */
const v1 = (text: string, secret = SECRET, at = NOW): string =>
  createHmac('sha256', secret).update(`${at}.${text}`).digest('hex');
const header = (text: string, secret = SECRET, at = NOW): string =>
  `t=${at},v1=${v1(text, secret, at)}`;

const verify = (
  text: string | Buffer,
  signature: string | undefined,
  webhookSecrets: readonly string[] = [SECRET],
): Stripe.Event => verifyStripeEvent(stripe, Buffer.from(text), signature, { webhookSecrets });

function reasonOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof WebhookSignatureError) return error.reason;
    throw error;
  }
  return 'accepted';
}

describe('verifyStripeEvent', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW * 1_000, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('answers the event that was signed', () => {
    expect(verify(body, header(body))).toEqual(JSON.parse(body));
  });

  it.each([
    [0, 'accepted'],
    [299, 'accepted'],
    [300, 'accepted'],
    [301, 'timestamp'],
    [86_400, 'timestamp'],
    [-299, 'accepted'],
    [-300, 'accepted'],
    [-301, 'timestamp'],
    [-86_400, 'timestamp'],
  ])('for a signature of %i seconds ago says: %s', (age, outcome) => {
    expect(reasonOf(() => verify(body, header(body, SECRET, NOW - age)))).toBe(outcome);
  });

  it.each([
    ['none', undefined, 'missing'],
    ['an empty one', '', 'missing'],
    ['words', 'trust me', 'mismatch'],
    ['no time', `v1=${v1(body)}`, 'mismatch'],
    ['a time that is no number', `t=now,v1=${v1(body)}`, 'mismatch'],
    ['no signature', `t=${NOW}`, 'mismatch'],
    ['an empty signature', `t=${NOW},v1=`, 'malformed'],
    ['the old scheme only', `t=${NOW},v0=${v1(body)}`, 'mismatch'],
    ['a scheme that does not exist', `t=${NOW},v2=${v1(body)}`, 'mismatch'],
    ['another secret', header(body, OTHER), 'mismatch'],
    ['the secret without its prefix', header(body, SECRET.slice(6)), 'mismatch'],
    ['another body', header(`${body} `), 'mismatch'],
    ['another secret, long ago', header(body, OTHER, NOW - 86_400), 'mismatch'],
    ['another secret, in the future', header(body, OTHER, NOW + 86_400), 'mismatch'],
    [
      'an old time, and a fresh one before it',
      `t=${NOW},${header(body, SECRET, NOW - 301)}`,
      'timestamp',
    ],
    [
      'an old time, and a fresh one behind it',
      `${header(body, SECRET, NOW - 301)},t=${NOW}`,
      'mismatch',
    ],
    ['another time', `t=${NOW},v1=${v1(body, SECRET, NOW - 1)}`, 'mismatch'],
    ['a signature in capitals', `t=${NOW},v1=${v1(body).toUpperCase()}`, 'mismatch'],
    ['half a signature', `t=${NOW},v1=${v1(body).slice(0, 32)}`, 'mismatch'],
  ])('refuses a header with %s', (_what, signature, reason) => {
    expect(reasonOf(() => verify(body, signature))).toBe(reason);
  });

  it('takes any of the signatures, and any of the configured secrets', () => {
    const rolled = `t=${NOW},v1=${v1(body, OTHER)},v1=${v1(body)},v0=${v1(body)}`;
    expect(reasonOf(() => verify(body, rolled))).toBe('accepted');
    for (const secret of [SECRET, NEXT]) {
      expect(reasonOf(() => verify(body, header(body, secret), [SECRET, NEXT]))).toBe('accepted');
    }
    expect(reasonOf(() => verify(body, header(body, OTHER), [SECRET, NEXT]))).toBe('mismatch');
  });

  it('takes nothing when no secret is configured', () => {
    expect(reasonOf(() => verify(body, header(body, ''), []))).toBe('mismatch');
  });

  it('verifies bytes: whatever was changed in them is noticed', () => {
    const bytes = Buffer.from(body);
    for (const at of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 0x01;
      expect(reasonOf(() => verify(changed, header(body)))).toBe('mismatch');
    }
    expect(reasonOf(() => verify(JSON.stringify(JSON.parse(body)), header(body)))).toBe('mismatch');
  });

  const whole = { ...event('charge.updated', charge()) };
  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '42'],
    ['a text', '"event"'],
    ['a thin event', JSON.stringify({ ...whole, object: 'v2.core.event' })],
    ['no event', JSON.stringify({ ...whole, object: 'charge' })],
    ['an event without an id', JSON.stringify({ ...whole, id: undefined })],
    ['an event with an empty id', JSON.stringify({ ...whole, id: '' })],
    ['an event with a line in its id', JSON.stringify({ ...whole, id: 'evt_1\n' })],
    ['an event with an endless id', JSON.stringify({ ...whole, id: 'e'.repeat(256) })],
    ['an event without a type', JSON.stringify({ ...whole, type: null })],
    ['an event without a time', JSON.stringify({ ...whole, created: '2026' })],
    ['an event at half a second', JSON.stringify({ ...whole, created: 1.5 })],
    ['an event without a mode', JSON.stringify({ ...whole, livemode: 'false' })],
    ['an event without data', JSON.stringify({ ...whole, data: undefined })],
    ['an event without an object', JSON.stringify({ ...whole, data: {} })],
    ['an event about a text', JSON.stringify({ ...whole, data: { object: 'ch_1' } })],
  ])('refuses %s, however well it is signed', (_what, text) => {
    expect(reasonOf(() => verify(text, header(text)))).toBe('malformed');
  });
});
