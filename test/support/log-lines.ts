import type { TestApp } from './test-app.js';

/**
 * What was logged under this event. Nest has one logger for the whole process, so with several
 * applications the lines are those of the one that was started last.
 */
export const linesOf = (app: TestApp, event: string): Record<string, unknown>[] =>
  app.logs.filter((line) => line['event'] === event);
