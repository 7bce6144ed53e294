import { getMetadataStorage, ValidationTypes } from 'class-validator';
import type { FieldError } from './domain-error.js';

/** Above any body of ours, and far below the recursion that would exhaust the stack. */
const MAX_DEPTH = 20;
/** The longest order has 400: what is beyond would only keep the validator busy. */
const MAX_VALUES = 2_000;
const MAX_PATH_LENGTH = 200;

/** Control characters and halves of surrogate pairs: no text of ours has lines, no table takes U+0000. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** `items`, `0`, `quantity` give `items[0].quantity`. */
export function joinPath(parent: string, property: string): string {
  const step = /^\d+$/.test(property) ? `[${property}]` : parent === '' ? property : `.${property}`;
  return `${parent}${step}`.slice(0, MAX_PATH_LENGTH);
}

/**
 * The first key by which plain input could reach a prototype, the first value nested too deeply, the
 * first text that cannot be printed on a line, or where there are too many values. Walks with its own
 * stack, so that no depth of the input can exhaust ours.
 */
export function oddShapeOf(input: unknown): FieldError | null {
  let count = 0;
  const waiting = [{ value: input, path: '', depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return { path, message: 'nested too deeply' };
    const keys = Object.keys(value);
    count += keys.length;
    if (count > MAX_VALUES) return { path, message: 'too many values' };
    for (const key of keys) {
      const inner = joinPath(path, key);
      // `toString` and the like: the transformer would drop them in silence.
      const isInherited = key in Object.prototype || key === 'prototype';
      if (isInherited) return { path: inner, message: 'unknown property' };
      const entry: unknown = Reflect.get(value, key);
      if (typeof entry === 'string' && UNPRINTABLE.test(entry)) {
        return { path: inner, message: 'must not contain control characters' };
      }
      if (typeof entry === 'object') waiting.push({ value: entry, path: inner, depth: depth + 1 });
    }
  }
  return null;
}

/**
 * Lists that stand where a DTO nests another: class-validator checks the elements of a list in
 * place of the object, and so passes `[]` for a customer or `[[]]` for items.
 */
export function listsForObjects(dto: object, parent = ''): FieldError[] {
  return nestedOf(dto.constructor).flatMap(({ propertyName, each }) => {
    const path = joinPath(parent, propertyName);
    const value: unknown = Reflect.get(dto, propertyName);
    return each && Array.isArray(value)
      ? value.flatMap((entry, position) => listOrInner(entry, joinPath(path, String(position))))
      : listOrInner(value, path);
  });
}

/** What a class says does not change once it is loaded, and every request asks. */
const nestedByClass = new WeakMap<object, readonly NestedProperty[]>();

interface NestedProperty {
  readonly propertyName: string;
  readonly each: boolean;
}

function nestedOf(dtoClass: Function): readonly NestedProperty[] {
  let nested = nestedByClass.get(dtoClass);
  if (nested === undefined) {
    nested = getMetadataStorage()
      .getTargetValidationMetadatas(dtoClass, '', false, false)
      .filter(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
    nestedByClass.set(dtoClass, nested);
  }
  return nested;
}

function listOrInner(value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) return [{ path, message: 'must be an object' }];
  return typeof value === 'object' && value !== null ? listsForObjects(value, path) : [];
}
