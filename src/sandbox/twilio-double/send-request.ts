import { isWhatsapp } from './twilio-message.js';
import { TwilioRefusal } from './twilio-error.js';
import { textOf, textsOf, type TwilioForm } from './twilio-form.js';

/** A request to send that Twilio takes. */
export interface SendRequest {
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly contentSid: string | null;
  readonly contentVariables: string | null;
  readonly mediaUrls: string[];
  readonly statusCallback: string | null;
}

const E164 = /^\+[1-9]\d{6,14}$/;
const ALPHANUMERIC = /^(?=.*[A-Za-z])[A-Za-z0-9 &+\-_]{1,11}$/;
const SHORT_CODE = /^\d{3,8}$/;

/** Numbers that fail at once, by Twilio's own convention (twilio.com/docs/iam/test-credentials). */
const MAGIC_NUMBERS: Readonly<Record<string, number>> = {
  '+15005550001': 21211,
  '+15005550002': 21612,
  '+15005550003': 21408,
  '+15005550004': 21610,
  '+15005550009': 21614,
};

const numberOf = (address: string): string => address.replace(/^whatsapp:/, '');

const isHttpUrl = (text: string): boolean => /^https?:\/\/[^/\s]+/.test(text) && URL.canParse(text);

function checkAddresses(to: string, from: string | null, senders?: readonly string[]): void {
  if (!E164.test(numberOf(to))) throw new TwilioRefusal(21211);
  const magic = MAGIC_NUMBERS[numberOf(to)];
  if (magic !== undefined) throw new TwilioRefusal(magic);
  if (from === null) return;
  const sender = numberOf(from);
  const mayBeName = !isWhatsapp(from);
  if (
    !E164.test(sender) &&
    !(mayBeName && (ALPHANUMERIC.test(sender) || SHORT_CODE.test(sender)))
  ) {
    throw new TwilioRefusal(21212);
  }
  if (isWhatsapp(to) !== isWhatsapp(from)) throw new TwilioRefusal(21910);
  if (to === from) throw new TwilioRefusal(21266);
  if (senders && !senders.includes(from)) throw new TwilioRefusal(isWhatsapp(from) ? 63007 : 21606);
}

function checkContent(form: TwilioForm, contentSid: string | null): string | null {
  const variables = textOf(form, 'ContentVariables');
  if (variables === null) return null;
  if (contentSid === null) throw new TwilioRefusal(21654);
  let parsed: unknown;
  try {
    parsed = JSON.parse(variables);
  } catch {
    throw new TwilioRefusal(21656);
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const values = isObject ? Object.values(parsed as object) : [];
  if (!isObject || values.some((value) => typeof value !== 'string' || value === '')) {
    throw new TwilioRefusal(21656);
  }
  return variables;
}

/**
 * Checks what Twilio checks before it answers 201. `senders`: the addresses the account owns, every
 * well-formed one when not given.
 */
export function readSendRequest(form: TwilioForm, senders?: readonly string[]): SendRequest {
  const to = textOf(form, 'To');
  if (to === null) throw new TwilioRefusal(21604);
  const from = textOf(form, 'From');
  const messagingServiceSid = textOf(form, 'MessagingServiceSid');
  if (from === null && messagingServiceSid === null) throw new TwilioRefusal(21603);
  if (messagingServiceSid !== null && !/^MG[0-9a-fA-F]{32}$/.test(messagingServiceSid)) {
    throw new TwilioRefusal(21705);
  }
  checkAddresses(to, from, senders);
  const contentSid = textOf(form, 'ContentSid');
  const contentVariables = checkContent(form, contentSid);
  const body = textOf(form, 'Body') ?? '';
  const mediaUrls = textsOf(form, 'MediaUrl').filter((url) => url !== '');
  if (body.trim() === '' && contentSid === null && mediaUrls.length === 0)
    throw new TwilioRefusal(21602);
  if (body.length > 1_600) throw new TwilioRefusal(21617);
  if (mediaUrls.length > 10) throw new TwilioRefusal(21623);
  if (!mediaUrls.every(isHttpUrl)) throw new TwilioRefusal(21620);
  const statusCallback = textOf(form, 'StatusCallback');
  if (statusCallback !== null) checkCallback(statusCallback);
  return {
    to,
    from,
    messagingServiceSid,
    body,
    contentSid,
    contentVariables,
    mediaUrls,
    statusCallback,
  };
}

/** At most 4000 characters, and no underscore in the host name. */
function checkCallback(url: string): void {
  if (!isHttpUrl(url) || url.length > 4_000) throw new TwilioRefusal(21609);
  if (new URL(url).hostname.includes('_')) throw new TwilioRefusal(21609);
}
