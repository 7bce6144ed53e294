/**
 * Twilio's message statuses by rank: callbacks come late, twice and in any order, so a status only
 * counts when it ranks above the one that is known (twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks).
 */
export const DELIVERY_RANK: Readonly<Record<string, number>> = {
  accepted: 0,
  scheduled: 0,
  queued: 0,
  sending: 1,
  sent: 2,
  delivered: 3,
  undelivered: 3,
  failed: 3,
  canceled: 3,
  read: 4,
};

export const isKnownStatus = (status: string): boolean => Object.hasOwn(DELIVERY_RANK, status);

/** Nothing more is to be heard of the message, but that it was read. */
export const isFinalStatus = (status: string): boolean =>
  isKnownStatus(status) && DELIVERY_RANK[status]! >= 3;

/** The message surely did not reach the phone. */
export const isFailedStatus = (status: string): boolean =>
  status === 'failed' || status === 'undelivered';

/** The message surely reached the phone. */
export const isReceivedStatus = (status: string): boolean =>
  status === 'delivered' || status === 'read';
