import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';

/** An answer of whichever client asked. */
export interface Answer {
  readonly status: number;
  // Headers and bodies of a test client are what the server sent: checked below, typed nowhere.
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export interface Problem {
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** What no error may tell: our code, our SQL, what we are built with. */
const LEAKS =
  /\n\s+at |node_modules|[\w-]\.[cm]?[jt]s\b|\bselect\b .* \bfrom\b|insert into|query ?failed|typeorm|postgres|\bpg\b|fastify|fst_|nestjs|prototype of|stack/i;

const MEMBERS = ['type', 'title', 'status', 'code', 'detail', 'errors', 'instance'];

/**
 * Fails unless the answer is a whole problem document (RFC 9457) with this status and code that gives
 * nothing away; with `paths`, unless its errors are at exactly these places.
 */
export function expectProblem(
  answer: Answer,
  status: number,
  code: string,
  paths?: readonly string[],
): Problem {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { type: 'about:blank', title: STATUS_CODES[status], status, code },
  });
  const problem = answer.body as Problem;
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(MEMBERS).toEqual(expect.arrayContaining(Object.keys(problem)));
  // The instance is the caller's own path.
  expect(JSON.stringify({ ...problem, instance: null })).not.toMatch(LEAKS);
  for (const { path, message } of problem.errors ?? []) {
    expect(path).toBeTypeOf('string');
    expect(message).toMatch(/\S/);
  }
  if (paths) expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
  return problem;
}
