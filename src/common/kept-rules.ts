import { getMetadataStorage, ValidationTypes } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';

type Rule = (dto: object, value: unknown) => boolean;

/** What a class says of one of its properties. */
interface PropertyRules {
  readonly property: string;
  /** Where one says no, as `@IsOptional` may, nothing else is asked. */
  readonly conditions: readonly Rule[];
  readonly rules: readonly Rule[];
  readonly nested: 'one' | 'list' | null;
}

/**
 * Whether an instance keeps every rule of its class: the same decorators that class-validator asks, but
 * read once for each class, and without a note of every property in case it has a fault. False says
 * nothing: then class-validator has to look, and finds what is wrong, or that nothing is.
 */
export function keepsItsRules(dto: object): boolean {
  const byProperty = rulesOf(dto.constructor);
  if (byProperty === null) return false;
  for (const property of Object.keys(dto)) if (!byProperty.has(property)) return false;
  for (const { property, conditions, rules, nested } of byProperty.values()) {
    const value: unknown = Reflect.get(dto, property);
    if (!conditions.every((holds) => holds(dto, value))) continue;
    if (!rules.every((isKept) => isKept(dto, value))) return false;
    if (nested !== null && value !== undefined && !areKept(value, nested)) return false;
  }
  return true;
}

function areKept(value: unknown, nested: 'one' | 'list'): boolean {
  if (nested === 'one') return isObject(value) && keepsItsRules(value);
  return Array.isArray(value) && value.every((entry) => isObject(entry) && keepsItsRules(entry));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rulesByClass = new WeakMap<object, ReadonlyMap<string, PropertyRules> | null>();

/** Null: there are none, or some of a kind that no class of ours has. */
function rulesOf(dtoClass: Function): ReadonlyMap<string, PropertyRules> | null {
  let rules = rulesByClass.get(dtoClass);
  if (rules === undefined) {
    rules = readRules(dtoClass);
    rulesByClass.set(dtoClass, rules);
  }
  return rules;
}

function readRules(dtoClass: Function): ReadonlyMap<string, PropertyRules> | null {
  const storage = getMetadataStorage();
  const all = storage.getTargetValidationMetadatas(dtoClass, '', false, false);
  if (all.length === 0 || !all.every(isKnownKind)) return null;
  const byProperty = Object.entries(storage.groupByPropertyName(all));
  return new Map(
    byProperty.map(([property, given]) => {
      const ofType = (...types: string[]) => given.filter(({ type }) => types.includes(type));
      const [nesting] = ofType(ValidationTypes.NESTED_VALIDATION);
      const rules: PropertyRules = {
        property,
        conditions: ofType(ValidationTypes.CONDITIONAL_VALIDATION).map(
          ({ constraints }) => constraints[0] as Rule,
        ),
        rules: ofType(...RULES).flatMap(rulesIn),
        nested: nesting ? (nesting.each ? 'list' : 'one') : null,
      };
      return [property, rules];
    }),
  );
}

const RULES: readonly string[] = [ValidationTypes.CUSTOM_VALIDATION, ValidationTypes.IS_DEFINED];
const OTHERS: readonly string[] = [
  ValidationTypes.CONDITIONAL_VALIDATION,
  ValidationTypes.NESTED_VALIDATION,
];

function isKnownKind({ type, each, groups, validateIf }: ValidationMetadata): boolean {
  const isConditional = validateIf !== undefined || (groups as string[] | undefined)?.length;
  return !isConditional && (OTHERS.includes(type) || (RULES.includes(type) && !each));
}

function rulesIn({ constraintCls, constraints, target, propertyName }: ValidationMetadata): Rule[] {
  const targetName = typeof target === 'string' ? target : target.name;
  return getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance }): Rule => (object, value) => {
      const asked = { targetName, property: propertyName, object, value, constraints };
      // A promise is no yes.
      return instance.validate(value, asked) === true;
    });
}
