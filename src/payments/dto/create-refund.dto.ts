import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import { MAXIMUM_CHARGE_AMOUNT } from '../../common/money.js';

/** Absent has a meaning of its own; `null` is refused, lest a slip of a client give everything back. */
const IfGiven = () => ValidateIf((_object, value) => value !== undefined);

export class CreateRefundDto {
  @ApiPropertyOptional({
    type: 'integer',
    example: 5990,
    minimum: 1,
    description: 'Minor units; without it, all that is left is given back',
  })
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(MAXIMUM_CHARGE_AMOUNT)
  amount?: number;

  @ApiPropertyOptional({
    example: 'pi_3PtK9dLkdIwHu7ix0Abcdefg',
    description:
      'Another payment than the order’s own: one that waits for a person, paid twice or too late',
  })
  @IfGiven()
  @Matches(/^pi_\w{1,250}$/, { message: 'paymentIntentId must be a payment intent of Stripe' })
  paymentIntentId?: string;
}
