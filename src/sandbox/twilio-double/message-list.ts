import { messageResource, type TwilioMessage } from './twilio-message.js';
import { textOf, type TwilioForm } from './twilio-form.js';

const DAY_MS = 24 * 3600 * 1000;

/** A day means all of it; anything more exact means that instant. */
function bounds(text: string): { from: number; to: number } {
  const from = Date.parse(text);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? { from, to: from + DAY_MS - 1 } : { from, to: from };
}

function sentFilter(query: TwilioForm): (message: TwilioMessage) => boolean {
  const on = textOf(query, 'DateSent');
  const after = textOf(query, 'DateSent>');
  const before = textOf(query, 'DateSent<');
  return ({ at }) => {
    // The resource shows whole seconds, and so does the comparison.
    const sent = Math.floor(at.getTime() / 1000) * 1000;
    return (
      (on === null || (sent >= dayOf(on).from && sent <= dayOf(on).to)) &&
      (after === null || sent >= Math.floor(bounds(after).from / 1000) * 1000) &&
      (before === null || sent <= bounds(before).to)
    );
  };
}

/** `DateSent=` names a day even when it is given with a time. */
const dayOf = (text: string): { from: number; to: number } =>
  bounds(new Date(Date.parse(text)).toISOString().slice(0, 10));

/**
 * Newest first, by To, From and DateSent with its `<` and `>`, both inclusive, in pages of PageSize
 * (50 unless told, at most 1000) (twilio.com/docs/messaging/api/message-resource).
 */
export function messageList(
  messages: readonly TwilioMessage[],
  query: TwilioForm,
  path: string,
): Record<string, unknown> {
  const to = textOf(query, 'To');
  const from = textOf(query, 'From');
  const wasSent = sentFilter(query);
  const found = messages
    .filter((one) => to === null || one.to === to)
    .filter((one) => from === null || one.from === from)
    .filter(wasSent)
    .toReversed();
  const size = Math.min(Math.max(Number(textOf(query, 'PageSize') ?? 50) || 50, 1), 1_000);
  const page = Math.max(Number(textOf(query, 'Page') ?? 0) || 0, 0);
  const rows = found.slice(page * size, (page + 1) * size);
  const uriOf = (number: number): string => {
    const params = new URLSearchParams();
    for (const name of ['To', 'From', 'DateSent', 'DateSent<', 'DateSent>']) {
      const value = textOf(query, name);
      if (value !== null) params.set(name, value);
    }
    params.set('PageSize', String(size));
    params.set('Page', String(number));
    return `${path}?${params.toString()}`;
  };
  return {
    end: page * size + Math.max(rows.length - 1, 0),
    first_page_uri: uriOf(0),
    messages: rows.map(messageResource),
    next_page_uri: (page + 1) * size < found.length ? uriOf(page + 1) : null,
    page,
    page_size: size,
    previous_page_uri: page > 0 ? uriOf(page - 1) : null,
    start: page * size,
    uri: uriOf(page),
  };
}
