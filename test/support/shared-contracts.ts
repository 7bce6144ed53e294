import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

/**
 * Contract data kept outside this project and read in place: Stripe's types at the pinned API version
 * as JSON Schema, and Stripe's own sample objects. `CONTRACTS_DIR` says where when it is elsewhere.
 */
const contractsDir =
  process.env['CONTRACTS_DIR'] ??
  fileURLToPath(new URL('../../../shared/contracts', import.meta.url));

export const contractsPresent = existsSync(`${contractsDir}/stripe`);

/** Printed by whoever skips for want of them. */
export const contractsAbsent =
  'skipped: the shared contract data is not beside this checkout (set CONTRACTS_DIR to where it is)';

type JsonSchema = { [name: string]: unknown };

const readJson = (path: string): unknown =>
  JSON.parse(readFileSync(`${contractsDir}/stripe/${path}`, 'utf8'));

const schemaOf = (name: string): JsonSchema =>
  readJson(`types-2026-10-28.endive/${name}.schema.json`) as JsonSchema;

/** Closes every object that lists its properties, so that an invented field is an error as well. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closed(value)]),
  );
  const lists = inner['type'] === 'object' && Object.keys(inner['properties'] ?? {}).length > 0;
  return lists && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const validators = new Map<string, ValidateFunction>();

function validator(name: string, options: { readonly coerce: boolean }): ValidateFunction {
  const known = validators.get(name);
  if (known) return known;
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: options.coerce });
  const compiled = ajv.compile(closed(schemaOf(name)) as JsonSchema);
  validators.set(name, compiled);
  return compiled;
}

const errorsOf = (validate: ValidateFunction, value: unknown): string[] =>
  validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
      );

/** Names of the objects a schema is there for. */
export const SCHEMA_OBJECTS = [
  'checkout.session',
  'payment_intent',
  'refund',
  'dispute',
  'event',
] as const;

/**
 * What is wrong with an object of Stripe's, by its own `object` name: fields that are missing, of
 * another type, or unknown at the pinned version. Null when no schema describes such objects.
 */
export function stripeObjectErrors(object: { readonly object: string }): string[] | null {
  const name = SCHEMA_OBJECTS.find((one) => one === object.object);
  return name ? errorsOf(validator(name, { coerce: false }), object) : null;
}

/**
 * Throws when a request to create a Checkout Session would not compile against Stripe's types: unknown
 * parameters, wrong types, removed ones. Takes typed parameters or a recorded form body, where numbers
 * and booleans are text. Without the contract data it checks nothing.
 */
export function expectValidSessionCreateParams(params: unknown): void {
  if (!contractsPresent) return;
  const validate = validator('checkout.session.create-params', { coerce: true });
  const errors = errorsOf(validate, structuredClone(params));
  if (errors.length > 0) throw new Error(`not what Stripe takes: ${errors.join('; ')}`);
}

/** One of Stripe's own sample objects (of an earlier API version). */
export function stripeSample(name: string): Record<string, unknown> {
  const { resources } = readJson('fixtures3-2026-07-29.trimmed.json') as {
    resources: Record<string, Record<string, unknown>>;
  };
  const sample = resources[name];
  if (!sample) throw new Error(`no sample of ${name}`);
  return sample;
}
