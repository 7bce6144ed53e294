import { Transform } from 'class-transformer';
import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';
import { parsePhoneNumber } from './phone-number.js';

/** Accepts a number in any form `parsePhoneNumber` reads. */
export function IsShopPhoneNumber(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isShopPhoneNumber',
      validator: {
        validate: (value): boolean => typeof value === 'string' && parsePhoneNumber(value) !== null,
        defaultMessage: buildMessage(
          (prefix) =>
            `${prefix}$property must be one phone number of Guadeloupe, Martinique, Guyane, ` +
            'Réunion, Mayotte or mainland France, such as +590690123456 or 0690 12 34 56',
          options,
        ),
      },
    },
    options,
  );
}

/** Turns the property into E.164; what cannot be read stays as it is, for the validator to refuse. */
export function ToE164(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (parsePhoneNumber(value) ?? value) : value,
  );
}
