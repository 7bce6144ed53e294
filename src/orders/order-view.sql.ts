/**
 * An order as clients see it, whole: $1 its id. Lines, customer and link come with it, and the columns
 * are the members of OrderResponse in their order. The link is its current session's, while that is
 * open by the database's clock and the order waits.
 */
export const ORDER_VIEW = `
SELECT o.id, o.order_number AS "orderNumber", o.status, o.payment_status AS "paymentStatus",
       o.currency, o.total_amount AS "totalAmount",
       (SELECT json_agg(json_build_object('sku', i.sku, 'brand', i.brand, 'model', i.model,
                                          'quantity', i.quantity, 'unitAmount', i.unit_amount,
                                          'lineAmount', i.line_amount)
                        ORDER BY i.position)
          FROM order_items i WHERE i.order_id = o.id) AS items,
       json_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name,
                         'email', c.email, 'phoneNumber', c.phone_number) AS customer,
       o.stripe_session_id AS "stripeSessionId", s.url AS "paymentUrl",
       s.expires_at AS "paymentExpiresAt", o.reminder_sent AS "reminderSent",
       o.created_at AS "createdAt", o.updated_at AS "updatedAt", o.paid_at AS "paidAt",
       o.cancelled_at AS "cancelledAt", o.cancel_reason AS "cancelReason"
  FROM orders o
  JOIN customers c ON c.id = o.customer_id
  LEFT JOIN checkout_sessions s
    ON s.stripe_session_id = o.stripe_session_id AND s.status = 'open' AND s.expires_at > now()
       AND o.status = 'pending'
 WHERE o.id = $1`;
