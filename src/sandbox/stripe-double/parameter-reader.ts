import type { FormObject, FormValue } from './form-body.js';
import { invalidRequest, missing } from './stripe-error.js';

/**
 * Reads one level of a form body, refusing as Stripe words it. An empty string counts as absent
 * (docs.stripe.com/api: an empty value unsets).
 */
export class ParameterReader {
  constructor(
    private readonly params: FormObject,
    private readonly path = '',
  ) {}

  nameOf(name: string): string {
    return this.path === '' ? name : `${this.path}[${name}]`;
  }

  value(name: string): FormValue | undefined {
    const value = this.params[name];
    return value === '' ? undefined : value;
  }

  string(name: string, limit = 5_000): string | null {
    const value = this.value(name);
    if (value === undefined) return null;
    if (typeof value !== 'string')
      throw invalidRequest(
        `Invalid string: ${JSON.stringify(value)}`,
        undefined,
        this.nameOf(name),
      );
    if (value.length > limit) {
      throw invalidRequest(
        `Invalid string: ${value.slice(0, 20)}…; must be at most ${limit} characters`,
        undefined,
        this.nameOf(name),
      );
    }
    return value;
  }

  requiredString(name: string, limit?: number): string {
    const value = this.string(name, limit);
    if (value === null) throw missing(this.nameOf(name));
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const value = this.string(name);
    if (value === null) return null;
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      throw invalidRequest(
        `Invalid ${this.nameOf(name)}: must be one of ${allowed.join(', ')}`,
        undefined,
        this.nameOf(name),
      );
    }
    return found;
  }

  boolean(name: string): boolean | null {
    const value = this.oneOf(name, ['true', 'false']);
    return value === null ? null : value === 'true';
  }

  integer(name: string): number | null {
    const value = this.string(name);
    if (value === null) return null;
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalidRequest(
        `Invalid integer: ${value}`,
        'parameter_invalid_integer',
        this.nameOf(name),
      );
    }
    return Number(value);
  }

  requiredInteger(name: string): number {
    const value = this.integer(name);
    if (value === null) throw missing(this.nameOf(name));
    return value;
  }

  url(name: string): string | null {
    const value = this.string(name);
    if (value !== null && !/^https?:\/\/[^/\s]+/.test(value)) {
      throw invalidRequest('Not a valid URL', 'url_invalid', this.nameOf(name));
    }
    return value;
  }

  list(name: string): FormValue[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw invalidRequest('Invalid array', undefined, this.nameOf(name));
    return value;
  }

  strings(name: string): string[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'string')
        throw invalidRequest('Invalid string', undefined, this.nameOf(name));
      return value;
    });
  }

  /** The next level down; an absent object reads as an empty one. */
  object(name: string): ParameterReader {
    const value = this.value(name) ?? {};
    if (typeof value === 'string' || Array.isArray(value))
      throw invalidRequest('Invalid object', undefined, this.nameOf(name));
    return new ParameterReader(value, this.nameOf(name));
  }

  /** 50 keys of 40 characters without brackets, values of 500 (docs.stripe.com/api/metadata). */
  metadata(name = 'metadata'): Record<string, string> {
    const value = this.value(name) ?? {};
    const path = this.nameOf(name);
    if (typeof value === 'string' || Array.isArray(value))
      throw invalidRequest('Invalid object', undefined, path);
    const entries = Object.entries(value);
    if (entries.length > 50)
      throw invalidRequest(
        `Metadata can have up to 50 keys, but you passed ${entries.length}.`,
        undefined,
        path,
      );
    for (const [key, text] of entries) {
      if (key.length > 40)
        throw invalidRequest(`Metadata keys can be up to 40 characters: ${key}`, undefined, path);
      if (typeof text !== 'string')
        throw invalidRequest('Metadata values must be strings', undefined, `${path}[${key}]`);
      if (text.length > 500) {
        throw invalidRequest(
          `Metadata values can have up to 500 characters, but you passed in a value that is ${text.length} characters.`,
          undefined,
          path,
        );
      }
    }
    return Object.fromEntries(entries.filter(([, text]) => text !== '')) as Record<string, string>;
  }
}
