import { PAYMENT_REQUESTS } from './channel-plan.js';

/**
 * Calls an order's messages of some kinds back. A row that is being sent cannot be called back, but
 * should that attempt fail it is the last; one that was sent and is not known to have arrived is not
 * sent once more. Every member is SQL; `kinds` is a text[].
 */
export const cancelUnsent = (sql: { readonly orderId: string; readonly kinds: string }): string => `
UPDATE notifications
   SET status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
       not_after = now(), updated_at = now()
 WHERE order_id = ${sql.orderId} AND kind = ANY (${sql.kinds})
   AND (status IN ('queued', 'sending')
        OR (status = 'sent' AND channel <> 'email'
            AND coalesce(delivery_status, '') NOT IN ('delivered', 'read')))`;

/** The same for what asks an order for money: wrong as soon as it is paid. */
export const cancelPaymentRequests = (sql: { readonly orderId: string }): string =>
  cancelUnsent({ ...sql, kinds: `'{${PAYMENT_REQUESTS.join()}}'::text[]` });
