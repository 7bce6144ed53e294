import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from './fleet.js';
import type { Journal } from './journal.js';
import { cronOnce } from './load.js';
import type { Providers } from './providers.js';
import type { ShopClient } from './shop-client.js';
import type { StormDatabase } from './storm-database.js';

/** What still waits for something. */
export interface Unfinished {
  readonly customers: number;
  readonly events: number;
  readonly messages: number;
  readonly sessions: number;
  /** Sessions that Stripe may have made without our hearing of it. */
  readonly searches: number;
  readonly refunds: number;
}

interface Parts {
  readonly database: StormDatabase;
  readonly fleet: Fleet;
  readonly providers: Providers;
  readonly journal: Journal;
  readonly client: ShopClient;
}

/** What is due later is made due now: waiting is spared, and nothing is done that time would not do. */
const MAKE_DUE = [
  `UPDATE channel_senders SET paused_until = now()
    WHERE pause_reason = 'provider_down' AND paused_until > now()`,
  `UPDATE notifications SET available_at = now() WHERE status = 'queued' AND available_at > now()`,
  // Half a minute is the lease of whoever calls Stripe right now: it is left alone.
  `UPDATE checkout_sessions SET next_attempt_at = now()
    WHERE status IN ('creating', 'closing') AND next_attempt_at > now() + interval '30 seconds'`,
  `UPDATE refunds SET next_attempt_at = now()
    WHERE status = 'creating' AND next_attempt_at > now() + interval '30 seconds'`,
  // By then the call that went unheard has ended, one way or the other.
  `UPDATE checkout_sessions SET next_check_at = now()
    WHERE status = 'abandoned' AND stripe_session_id IS NULL AND next_check_at > now()
      AND updated_at < now() - interval '30 seconds'`,
];

/** Answers what is left at the deadline: nothing, when all is well. */
export async function waitForCalm(
  parts: Parts,
  deadline: number,
  report: (left: Unfinished) => void,
): Promise<Unfinished> {
  for (let quietLooks = 0; ;) {
    const left = await unfinished(parts);
    const isQuiet = Object.values(left).every((count) => count === 0);
    // Looked at three times: what is quiet now may have set something going a moment ago.
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks === 3 || Date.now() > deadline) {
      await parts.providers.twilio.settled();
      return left;
    }
    report(left);
    for (const sql of MAKE_DUE) await parts.database.rows(sql);
    await cronOnce(parts.client, parts.fleet);
    await pause(1_000);
  }
}

async function unfinished({ database, providers, journal }: Parts): Promise<Unfinished> {
  const [row] = await database.rows<
    Record<'messages' | 'sessions' | 'searches' | 'refunds', number>
  >(
    `SELECT (SELECT count(*)::int FROM notifications WHERE status IN ('queued', 'sending')) AS messages,
            (SELECT count(*)::int FROM checkout_sessions WHERE status IN ('creating', 'closing')) AS sessions,
            (SELECT count(*)::int FROM checkout_sessions
              WHERE status = 'abandoned' AND stripe_session_id IS NULL
                AND next_check_at IS NOT NULL) AS searches,
            (SELECT count(*)::int FROM refunds WHERE status = 'creating') AS refunds`,
  );
  return {
    customers: journal.busy,
    events: providers.stripe.events.filter(({ delivered }) => !delivered).length,
    ...row!,
  };
}
