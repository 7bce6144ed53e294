/** The demo did not end as it must; the message is the one line that says what was wrong. */
export class DemoFailure extends Error {}

/** Compares by value; `what` names it: "the order's status". */
export function mustBe(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new DemoFailure(
    `${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
  );
}
