import { DomainError } from './domain-error.js';

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

export class InvalidCursorError extends DomainError {
  constructor() {
    super('invalid_cursor', 400, 'This cursor is none that a list of ours has answered.', {
      errors: [{ path: 'cursor', message: 'use nextCursor of the previous page, unchanged' }],
    });
  }
}

/** Opaque for callers; it only names the last row of the page before. */
export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

export function decodeCursor(cursor: string, shape: RegExp): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!shape.test(key) || encodeCursor(key) !== cursor) throw new InvalidCursorError();
  return key;
}

/** Cuts a result that was asked for one row more than the page holds. */
export function pageOf<T>(rows: readonly T[], limit: number, keyOf: (row: T) => string): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null };
}
