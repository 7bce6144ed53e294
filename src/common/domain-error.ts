/** One fault of the caller's input, at a path such as `items[0].quantity`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** More that a caller may act on; `extensions` become members of the problem document. */
export interface DomainErrorDetails {
  readonly errors?: readonly FieldError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}

/**
 * A refusal in the shop's own words. `code` is stable and snake_case, `status` the HTTP status the
 * problem+json filter answers with, `message` tells the caller what to do next and holds no personal data.
 */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message);
    this.name = new.target.name;
  }
}
