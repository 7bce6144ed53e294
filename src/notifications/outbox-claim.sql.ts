import { FAILURES_UNTIL_PAUSE, PROBE_SECONDS } from './retry-policy.js';

/** Past this age a row that another channel has not tried yet holds nothing back any more. */
const ORDER_WAIT_SECONDS = 30;
/** Rows past their time that one statement drops. */
const DROPPED_AT_ONCE = 500;

/**
 * One statement a batch: $1 channel, $2 most rows, $3 messages a second (0: no limit), $4 lease in
 * seconds. The channel's row of `channel_senders` is locked first, so the limit holds for all
 * processes together; the lock lasts as long as the statement.
 *
 * Messages of one order keep their order: a row waits for an earlier one that is being sent or that
 * waits for a retry on the same channel, and for a moment also for one that another channel has not
 * tried yet (the e-mail that a text mentions), unless that channel rests. An earlier message that is
 * only sent once more holds nothing back.
 */
export const CLAIM = `
WITH sender AS (
  SELECT failures,
         failures >= ${FAILURES_UNTIL_PAUSE} AS probing,
         coalesce(paused_until > now(), false) AS paused,
         CASE WHEN $3::float8 = 0 THEN $2::float8
              -- abs: a clock that was set back must not stop the messages.
              ELSE least(greatest(1, $3::float8 / 4),
                         tokens + $3::float8 * abs(extract(epoch FROM now() - refilled_at))::float8)
         END AS tokens
    FROM channel_senders WHERE channel = $1 FOR UPDATE
), room AS (
  SELECT CASE WHEN paused THEN 0 WHEN probing THEN 1 ELSE least($2, floor(tokens))::int END AS rows
    FROM sender
), dropped AS (
  UPDATE notifications n
     SET status = 'dropped', error_code = 'too_late', ambiguous = false, lease_until = NULL,
         updated_at = now()
    FROM (SELECT late.id FROM notifications late
           WHERE late.channel = $1 AND late.not_after < now()
             AND (late.status = 'queued' OR (late.status = 'sending' AND late.lease_until < now()))
           LIMIT ${DROPPED_AT_ONCE}
             FOR UPDATE SKIP LOCKED) AS late
   WHERE n.id = late.id
  RETURNING n.*
), chosen AS (
  SELECT due.id
    FROM notifications due
   WHERE due.channel = $1 AND due.status IN ('queued', 'sending') AND due.available_at <= now()
     AND (due.status = 'queued' OR due.lease_until < now())
     AND (due.not_after IS NULL OR due.not_after >= now())
     -- Looked up row by row: as NOT EXISTS it would be a join with the whole backlog.
     AND (SELECT earlier.id FROM notifications earlier
           WHERE earlier.order_id = due.order_id AND earlier.id < due.id
             AND earlier.status IN ('queued', 'sending')
             AND (earlier.status = 'sending'
                  OR (earlier.channel = due.channel AND earlier.failed_provider_ids = '{}')
                  OR (earlier.attempts = 0
                      AND earlier.available_at > now() - interval '${ORDER_WAIT_SECONDS} seconds'
                      AND NOT EXISTS (SELECT FROM channel_senders resting
                                       WHERE resting.channel = earlier.channel
                                         AND resting.paused_until > now())))
           LIMIT 1) IS NULL
   ORDER BY due.available_at, due.id
   LIMIT coalesce((SELECT rows FROM room), 0)
     FOR UPDATE OF due SKIP LOCKED
), spent AS (
  UPDATE channel_senders s
     SET tokens = sender.tokens - taken.rows, refilled_at = now(),
         -- While the probe is out nobody else sends. Should its process die, the next one tries.
         paused_until = CASE WHEN sender.probing THEN now() + interval '${PROBE_SECONDS} seconds'
                             ELSE s.paused_until END
    FROM sender, (SELECT count(*) AS rows FROM chosen) AS taken
   WHERE s.channel = $1 AND taken.rows > 0 AND ($3::float8 > 0 OR sender.probing)
), claimed AS (
  UPDATE notifications n
     SET status = 'sending', attempts = n.attempts + 1, updated_at = now(),
         ambiguous = n.ambiguous OR n.status = 'sending',
         lease_until = now() + make_interval(secs => $4), delivery_status = NULL
   -- By an array and, below, by subqueries: a join would be planned for a tenth of the backlog.
   WHERE n.id = ANY (ARRAY(SELECT id FROM chosen))
  RETURNING n.*
), found AS (
  SELECT claimed.*, false AS is_dropped FROM claimed
   UNION ALL
  SELECT dropped.*, true FROM dropped
)
SELECT n.id, n.order_id AS "orderId", n.customer_id AS "customerId", n.kind, n.channel, n.params,
       n.attempts, n.ambiguous, n.created_at AS "createdAt", n.is_dropped AS dropped,
       EXISTS (SELECT FROM notifications later
                WHERE later.order_id = n.order_id AND later.id > n.id
                  AND later.channel <> n.channel AND later.status = 'queued') AS awaited,
       (SELECT number.reason FROM customers c
          JOIN unreachable_numbers number
            ON number.channel = n.channel AND number.phone_number = c.phone_number
         WHERE c.id = n.customer_id) AS flag,
       sender.failures AS "senderFailures", sender.probing AS probe,
       NOT sender.paused AND NOT sender.probing AND sender.tokens < 1 AS short
  FROM sender
  LEFT JOIN found n ON true
 ORDER BY n.available_at, n.id`;
