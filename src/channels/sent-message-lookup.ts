/** What a look-up needs of a message in the provider's list. */
export interface SentMessage {
  readonly sid: string;
  readonly body: string;
  readonly status: string;
  readonly dateCreated: Date | string | null;
}

/** Twilio's instants are whole seconds and its clock is not ours, in milliseconds. */
const CLOCK_SLACK_MS = 60_000;
const ORDER_NUMBER = /GC-\d{4}-\d+/g;
/** What never reached the customer may be sent again, so it does not count as sent. */
const NOT_DELIVERED: ReadonlySet<string> = new Set(['failed', 'undelivered', 'canceled']);

/**
 * Finds an earlier attempt among the messages of one sender to one recipient, created since an
 * instant. A text is rendered anew at each attempt (the time left changes), so what is compared is
 * its first line, which tells its kind, and the order number in it. Answers `unknown` for a text
 * without an order number: nothing then tells two of them apart.
 */
export function findSentMessage(
  sent: readonly SentMessage[],
  text: string,
  since: Date,
): string | null | 'unknown' {
  const orderNumber = text.match(ORDER_NUMBER)?.[0];
  if (orderNumber === undefined) return 'unknown';
  const firstLine = firstLineOf(text);
  const earliest = since.getTime() - CLOCK_SLACK_MS;
  const match = sent.find(
    ({ body, status, dateCreated }) =>
      !NOT_DELIVERED.has(status) &&
      !(dateCreated instanceof Date && dateCreated.getTime() < earliest) &&
      // A trial account writes its own words in front of the text.
      firstLineOf(body).endsWith(firstLine) &&
      body.match(ORDER_NUMBER)?.includes(orderNumber),
  );
  return match?.sid ?? null;
}

const firstLineOf = (text: string): string => (text.trim().split(/\r?\n/)[0] ?? '').trim();
