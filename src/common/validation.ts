import {
  type ArgumentMetadata,
  type PipeTransform,
  type ValidationError,
  ValidationPipe,
} from '@nestjs/common';
import { DomainError, type FieldError } from './domain-error.js';
import { joinPath, listsForObjects, oddShapeOf } from './input-shape.js';

/** What a caller can read at once: a body of a million unknown keys is answered with no more. */
const MAX_ERRORS = 50;

/** 400 with every fault of the input, or the first fifty. */
export class ValidationFailedError extends DomainError {
  constructor(errors: readonly FieldError[]) {
    super('validation_failed', 400, 'The request is not valid: see errors.', {
      errors: errors.slice(0, MAX_ERRORS),
    });
  }
}

/**
 * The one pipe of the application. DTO classes decide; an unknown property is a fault, and nothing is
 * converted silently: `"2"` is no quantity.
 */
export const validationPipe = (): PipeTransform => new StrictValidationPipe();

class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      validationError: { target: false, value: false },
      exceptionFactory: (faults) => new ValidationFailedError(fieldErrors(faults)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (!this.toValidate(metadata)) return (await super.transform(value, metadata)) as unknown;
    if (metadata.type === 'body' && !isObject(value)) {
      throw new ValidationFailedError([{ path: '', message: 'the body must be a JSON object' }]);
    }
    const oddShape = oddShapeOf(value);
    if (oddShape !== null) throw new ValidationFailedError([oddShape]);
    const dto: unknown = await super.transform(value, metadata);
    const lists = typeof dto === 'object' && dto !== null ? listsForObjects(dto) : [];
    if (lists.length > 0) throw new ValidationFailedError(lists);
    return dto;
  }
}

/** An absent body passes here, for the class to say what it misses. */
const isObject = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));

function fieldErrors(faults: readonly ValidationError[], parent = ''): FieldError[] {
  const errors: FieldError[] = [];
  for (const fault of faults) {
    if (errors.length >= MAX_ERRORS) break;
    const path = joinPath(parent, fault.property);
    // The topmost decorator comes last: by custom the type, of which the others follow.
    const [rule, message] = Object.entries(fault.constraints ?? {}).at(-1) ?? [];
    if (message !== undefined) errors.push({ path, message: messageOf(rule, message) });
    errors.push(...fieldErrors(fault.children ?? [], path));
  }
  return errors;
}

function messageOf(rule: string | undefined, message: string): string {
  if (rule === 'whitelistValidation') return 'unknown property';
  if (rule === 'unknownValue' || rule === 'nestedValidation') return 'must be an object';
  return message;
}
