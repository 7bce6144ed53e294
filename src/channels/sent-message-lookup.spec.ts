import { describe, expect, it } from 'vitest';

import { findSentMessage, type SentMessage } from './sent-message-lookup.js';

const TEXT = '🎉 MERCI POUR VOTRE COMMANDE !\n\n📋 Commande : GC-2026-000123\n';
const SINCE = new Date('2026-11-22T10:00:00Z');
const at = (time: string): Date => new Date(`2026-11-22T${time}Z`);
const sent = (over: Partial<SentMessage> = {}): SentMessage => ({
  sid: 'SM1',
  body: TEXT,
  status: 'delivered',
  dateCreated: at('10:00:05'),
  ...over,
});

describe('findSentMessage', () => {
  it.each<[string, Partial<SentMessage>]>([
    ['the same text', {}],
    ['another end of the text', { body: TEXT.replace('\n\n', '\r\n\r\n') + 'autre chose' }],
    ['the words of a trial account in front', { body: `Sent from your trial account - ${TEXT}` }],
    ['an instant within the slack of the clocks', { dateCreated: at('09:59:10') }],
    ['no readable instant', { dateCreated: null }],
  ])('recognises an attempt with %s', (_what, over) => {
    expect(findSentMessage([sent(over)], TEXT, SINCE)).toBe('SM1');
  });

  it.each<[string, Partial<SentMessage>]>([
    ['of another kind', { body: TEXT.replace('MERCI POUR VOTRE COMMANDE !', 'AUTRE') }],
    ['about another order', { body: TEXT.replace('000123', '000124') }],
    ['about an order whose number only begins alike', { body: TEXT.replace('000123', '0001234') }],
    ['from long before', { dateCreated: at('09:58:00') }],
    ['that failed', { status: 'failed' }],
    ['that was not delivered', { status: 'undelivered' }],
  ])('passes over a message %s', (_what, over) => {
    expect(findSentMessage([sent(over)], TEXT, SINCE)).toBeNull();
  });

  it('cannot tell for a text without an order number', () => {
    expect(findSentMessage([sent()], 'Bonjour', SINCE)).toBe('unknown');
  });
});
