import type { SendOutcome } from './channel.js';

/**
 * What a Twilio error code means for a message (twilio.com/docs/api/errors), whether it is answered
 * at once or told by a status callback later.
 * - `permanent_number`: this number cannot be reached on this channel.
 * - `opt_out`: the person asked not to be written to on this channel.
 * - `whatsapp_impossible`: WhatsApp will not take it; another channel may.
 * - `try_later`: not sent or not delivered now; may be tried again after a pause.
 * - `ambiguous`: Twilio failed in the middle; it may have been sent.
 * - `operator_alarm`: the account or a sender must be mended by a person.
 * - `our_bug`: the request itself is wrong; the same request fails again.
 */
export type TwilioErrorClass =
  | 'permanent_number'
  | 'opt_out'
  | 'whatsapp_impossible'
  | 'try_later'
  | 'ambiguous'
  | 'operator_alarm'
  | 'our_bug';

const CODES: Readonly<Record<TwilioErrorClass, readonly number[]>> = {
  permanent_number: [21211, 21217, 21401, 21421, 21612, 21614, 30004, 30005, 30006, 30007, 30450],
  opt_out: [21610, 63014, 63033],
  whatsapp_impossible: [63003, 63016, 63024, 63026, 63029, 63032, 63049],
  try_later: [
    20429, 21611, 30001, 30003, 30008, 30410, 63009, 63010, 63012, 63017, 63018, 63023, 63038,
  ],
  ambiguous: [20500, 20503],
  operator_alarm: [
    14107, 20003, 20005, 20404, 21212, 21408, 21601, 21606, 21608, 21655, 21701, 21703, 21704,
    21705, 30002, 63001, 63002, 63007, 63008, 63015, 63020, 63022, 63027, 63040, 63041, 63042,
    63051,
  ],
  our_bug: [
    11200, 11205, 11210, 11751, 12300, 21602, 21603, 21604, 21609, 21617, 21619, 21620, 21623,
    21654, 21656, 21658, 63005, 63006, 63013, 63019, 63021, 63028, 63030, 63031, 63034,
  ],
};

const CLASS_BY_CODE: ReadonlyMap<number, TwilioErrorClass> = new Map(
  (Object.keys(CODES) as TwilioErrorClass[]).flatMap((errorClass) =>
    CODES[errorClass].map((code): [number, TwilioErrorClass] => [code, errorClass]),
  ),
);

/** Null for a code we do not know. */
export const classifyTwilioError = (code: number): TwilioErrorClass | null =>
  CLASS_BY_CODE.get(code) ?? null;

/**
 * The outcome of an attempt that Twilio refused with a code of this class. An operator's fault is
 * worth trying again: once the account is mended, the same message can leave.
 */
export const RESULT_BY_CLASS: Readonly<
  Record<TwilioErrorClass, Exclude<SendOutcome['result'], 'accepted'>>
> = {
  permanent_number: 'rejected',
  opt_out: 'rejected',
  whatsapp_impossible: 'rejected',
  try_later: 'try_later',
  ambiguous: 'ambiguous',
  operator_alarm: 'try_later',
  our_bug: 'rejected',
};

/** Whether a person must look at it: nothing the customer did can explain it. */
export const needsOperator = (errorClass: TwilioErrorClass): boolean =>
  errorClass === 'operator_alarm' || errorClass === 'our_bug';
