/**
 * Runs `work`, whose errors are made without a stack: for what fails, or notes where it was called from,
 * many times a second and is never read. A stack made legible by source maps costs more than most work.
 */
export function withoutStack<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
