/**
 * - `creating`: the intent is written, Stripe has not answered yet.
 * - `pending`: Stripe took it, the bank has not said yes yet.
 * - `succeeded`, `failed`: as Stripe says; a failed one gave nothing back.
 */
export const REFUND_STATUSES = ['creating', 'pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];
