import { HttpException } from '@nestjs/common';

/**
 * A refusal whose body an older contract fixes word for word: sent as application/json, in place of
 * a problem document.
 */
export class PlainAnswer extends HttpException {
  constructor(
    status: number,
    body: Readonly<Record<string, unknown>>,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body, status);
  }
}
