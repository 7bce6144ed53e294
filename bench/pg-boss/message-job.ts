/** The queue of the messages, and what a job of it carries. */
export const QUEUE = 'messages';

export interface MessageJob {
  readonly nid: string;
  readonly phoneNumber: string;
  readonly firstName: string;
  readonly orderNumber: string;
  readonly paymentUrl: string;
}
