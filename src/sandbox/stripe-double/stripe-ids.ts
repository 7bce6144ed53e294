import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const random = (length: number): string =>
  [...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** Ids that look like Stripe's own test-mode ones: same prefixes, same lengths. */
export const newSessionId = (): string => `cs_test_a1${random(56)}`;
export const newPaymentIntentId = (): string => `pi_3${random(23)}`;
export const newChargeId = (): string => `ch_3${random(23)}`;
export const newRefundId = (): string => `re_3${random(23)}`;
export const newDisputeId = (): string => `du_1${random(23)}`;
export const newEventId = (): string => `evt_1${random(23)}`;
export const newId = (prefix: string): string => `${prefix}_1${random(23)}`;
export const newRequestId = (): string => `req_${random(14)}`;
export const newSecretOf = (id: string): string => `${id}_secret_${random(25)}`;
