import { applyDecorators } from '@nestjs/common';
import { IsISO8601, Matches } from 'class-validator';

/** RFC 3339 with its offset, in years that PostgreSQL and JavaScript both know. */
const INSTANT = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const message = '$property must be an instant such as 2026-11-22T10:00:00Z';

/** A date alone or a time without its offset is refused: whose midnight it means would be a guess. */
export const IsInstant = (): PropertyDecorator =>
  applyDecorators(IsISO8601({ strict: true }, { message }), Matches(INSTANT, { message }));
