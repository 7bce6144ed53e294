import { describe, expect, it } from 'vitest';
import { messageList } from './message-list.js';
import { parseTwilioForm } from './twilio-form.js';
import { newMessageSid, type TwilioMessage } from './twilio-message.js';

const PATH = '/2010-04-01/Accounts/AC1/Messages.json';

const message = (body: string, at: string, to = '+590690123456'): TwilioMessage => ({
  sid: newMessageSid('SM'),
  accountSid: 'AC1',
  direction: 'outbound-api',
  to,
  from: 'GARAGE',
  messagingServiceSid: null,
  body,
  contentSid: null,
  contentVariables: null,
  mediaUrls: [],
  statusCallback: null,
  at: new Date(at),
  media: [],
  status: 'queued',
  errorCode: null,
  updatedAt: new Date(at),
  callbacks: [],
});

const MESSAGES = [
  message('one', '2026-11-21T23:59:58.900Z'),
  message('two', '2026-11-21T23:59:59Z'),
  message('three', '2026-11-22T00:00:00.400Z'),
  message('four', '2026-11-22T00:00:01Z', '+590690999999'),
];

const list = (query: string): { messages: { body: string }[]; next_page_uri: string | null } =>
  messageList(MESSAGES, parseTwilioForm(query), PATH) as ReturnType<typeof list>;

const bodies = (query: string): string[] => list(query).messages.map(({ body }) => body);

describe('the list of messages', () => {
  it.each([
    ['', ['four', 'three', 'two', 'one']],
    ['To=%2B590690999999', ['four']],
    ['From=OTHER', []],
    ['DateSent=2026-11-22', ['four', 'three']],
    ['DateSent=2026-11-22T10%3A00%3A00Z', ['four', 'three']],
    ['DateSent%3E=2026-11-22', ['four', 'three']],
    ['DateSent%3E=2026-11-22T00%3A00%3A00Z', ['four', 'three']],
    ['DateSent%3E=2026-11-22T00%3A00%3A01Z', ['four']],
    ['DateSent%3C=2026-11-21', ['two', 'one']],
    ['DateSent%3C=2026-11-21T23%3A59%3A58Z', ['one']],
    ['DateSent%3E=2026-11-21&DateSent%3C=2026-11-21', ['two', 'one']],
  ])('answers %j newest first', (query, expected) => {
    expect(bodies(query)).toEqual(expected);
  });

  it('hands out pages that lead to the next one', () => {
    expect(list('PageSize=4').next_page_uri).toBeNull();
    const first = list('PageSize=3&From=GARAGE');
    expect(first.messages).toHaveLength(3);
    const next = first.next_page_uri?.split('?')[1] ?? '';
    expect(bodies(next)).toEqual(['one']);
    expect(list(next)).toMatchObject({ next_page_uri: null, page: 1, start: 3, end: 3 });
  });

  it('shows a queued message as sent at its creation, as Twilio’s own examples do', () => {
    expect(list('PageSize=1').messages[0]).toMatchObject({
      date_sent: 'Sun, 22 Nov 2026 00:00:01 +0000',
      status: 'queued',
      num_media: '0',
      error_code: null,
    });
  });
});
