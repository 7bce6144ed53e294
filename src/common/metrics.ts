import { Counter, Histogram, register } from 'prom-client';

const CALLS = 'garageconnect_provider_calls_total';
const CALL_SECONDS = 'garageconnect_provider_call_seconds';
const OUTCOMES = 'garageconnect_messages_total';

const RECONCILED = 'garageconnect_reconciled_total';
const RECONCILIATION_FAILURES = 'garageconnect_reconciliation_failures_total';

const REFUSALS = 'garageconnect_webhook_refusals_total';

const RETAINED = 'garageconnect_retention_total';
const RETENTION_FAILURES = 'garageconnect_retention_failures_total';

type OutcomeLabel = 'channel' | 'outcome';
type CallLabel = 'provider' | 'operation' | 'result';
type DurationLabel = 'provider' | 'operation';

// The registry is global to the process and refuses a name twice, and this file may be evaluated
// more than once in it (test runners reset modules): what is already registered is reused.

/** Calls to a provider by how they ended. */
export const providerCalls =
  (register.getSingleMetric(CALLS) as Counter<CallLabel> | undefined) ??
  new Counter<CallLabel>({
    name: CALLS,
    help: 'Calls to a provider, by operation and result',
    labelNames: ['provider', 'operation', 'result'],
  });

/** How long a provider took to answer, or to fail, in seconds. */
export const providerCallSeconds =
  (register.getSingleMetric(CALL_SECONDS) as Histogram<DurationLabel> | undefined) ??
  new Histogram<DurationLabel>({
    name: CALL_SECONDS,
    help: 'Duration of calls to a provider in seconds',
    labelNames: ['provider', 'operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });

/** What reconciliation mended, by kind: what a webhook or an answer of Stripe should have told. */
export const reconciled =
  (register.getSingleMetric(RECONCILED) as Counter<'kind'> | undefined) ??
  new Counter<'kind'>({
    name: RECONCILED,
    help: 'Things that reconciliation mended, by kind',
    labelNames: ['kind'],
  });

/** Parts of a reconciliation run that could not be done. */
export const reconciliationFailures =
  (register.getSingleMetric(RECONCILIATION_FAILURES) as Counter<'kind'> | undefined) ??
  new Counter<'kind'>({
    name: RECONCILIATION_FAILURES,
    help: 'Parts of a reconciliation run that failed, by kind',
    labelNames: ['kind'],
  });

const refusals =
  (register.getSingleMetric(REFUSALS) as Counter<'reason'> | undefined) ??
  new Counter<'reason'>({
    name: REFUSALS,
    help: 'Calls to the webhook of Stripe that were refused, by what was wrong with their signature',
    labelNames: ['reason'],
  });

/** Refused calls to Stripe's webhook, by reason: bound once, since anybody can cause many. */
export const webhookRefusals = {
  missing: refusals.labels('missing'),
  mismatch: refusals.labels('mismatch'),
  timestamp: refusals.labels('timestamp'),
  malformed: refusals.labels('malformed'),
};

/** What retention has moved, deleted, made or dropped, by kind. */
export const retained =
  (register.getSingleMetric(RETAINED) as Counter<'kind'> | undefined) ??
  new Counter<'kind'>({
    name: RETAINED,
    help: 'Rows that retention moved or deleted and partitions it made or dropped, by kind',
    labelNames: ['kind'],
  });

/** Parts of a retention run that could not be done. */
export const retentionFailures =
  (register.getSingleMetric(RETENTION_FAILURES) as Counter<'kind'> | undefined) ??
  new Counter<'kind'>({
    name: RETENTION_FAILURES,
    help: 'Parts of a retention run that failed, by kind',
    labelNames: ['kind'],
  });

/** Attempts to send a message by what became of them, and messages that were taken but not delivered. */
export const messageOutcomes =
  (register.getSingleMetric(OUTCOMES) as Counter<OutcomeLabel> | undefined) ??
  new Counter<OutcomeLabel>({
    name: OUTCOMES,
    help: 'Messages by channel and outcome: sent, postponed, failed, dropped, undelivered',
    labelNames: ['channel', 'outcome'],
  });

/**
 * Counts and times one call. The result label is `ok`, or what `nameResult` makes of the answer, and
 * `error` when the call throws (the error passes through). Labels must come from small closed sets.
 */
export async function measureProviderCall<T>(
  provider: string,
  operation: string,
  work: () => Promise<T>,
  nameResult: (answer: T) => string = () => 'ok',
): Promise<T> {
  const stopTimer = providerCallSeconds.startTimer({ provider, operation });
  let result = 'error';
  try {
    const answer = await work();
    result = nameResult(answer);
    return answer;
  } finally {
    stopTimer();
    providerCalls.inc({ provider, operation, result });
  }
}
