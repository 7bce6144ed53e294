/** Twilio's error answer (twilio.com/docs/usage/twilios-response). */
export interface TwilioErrorBody {
  readonly code: number;
  readonly message: string;
  readonly more_info: string;
  readonly status: number;
}

/** HTTP status and wording by code (twilio.com/docs/api/errors). */
const ERRORS: Readonly<Record<number, readonly [status: number, message: string]>> = {
  20003: [401, 'Authenticate'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'An internal server error has occurred'],
  20503: [503, 'Service unavailable'],
  21211: [400, "The 'To' number is not a valid phone number."],
  21212: [
    400,
    "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID.",
  ],
  21266: [400, "'To' and 'From' number cannot be the same"],
  21408: [400, "Permission to send an SMS has not been enabled for the region of the 'To' number."],
  21602: [400, 'Message body is required.'],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [400, 'The From phone number is not a valid, message-capable Twilio phone number.'],
  21609: [400, 'The StatusCallback URL is not a valid URL.'],
  21610: [400, 'Attempt to send to unsubscribed recipient'],
  21611: [429, "This 'From' number has exceeded the maximum number of queued messages"],
  21612: [
    400,
    "The 'To' phone number is not currently reachable using the 'From' phone number via SMS.",
  ],
  21614: [400, "'To' number is not a valid mobile number"],
  21617: [400, 'The concatenated message body exceeds the 1600 character limit.'],
  21620: [400, 'Invalid media URL(s)'],
  21623: [400, 'Number of media files exceeds allowed limit'],
  21654: [400, 'ContentSid Required'],
  21656: [400, 'The Content Variables parameter is invalid.'],
  21705: [400, 'The Messaging Service Sid is invalid.'],
  21910: [400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"],
  30003: [400, 'Unreachable destination handset'],
  63003: [400, 'Channel could not find To address'],
  63007: [400, 'Twilio could not find a Channel with the specified From address'],
  63016: [
    400,
    'Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please use a Message Template.',
  ],
  63019: [400, 'Media failed to download'],
};

/** The answer Twilio gives for a code; an unlisted one answers 400. */
export function twilioError(code: number): TwilioErrorBody {
  const [status, message] = ERRORS[code] ?? [400, 'Error'];
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** Thrown by the double's own code and answered as JSON. */
export class TwilioRefusal extends Error {
  readonly body: TwilioErrorBody;

  constructor(code: number) {
    super(twilioError(code).message);
    this.name = 'TwilioRefusal';
    this.body = twilioError(code);
  }
}
