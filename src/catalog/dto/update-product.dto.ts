import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { MAXIMUM_CHARGE_AMOUNT } from '../../common/money.js';
import { MAX_STOCK } from './create-product.dto.js';

/** Absent means unchanged; `null` is refused, since none of these can be empty. */
const IfGiven = () => ValidateIf((_object, value) => value !== undefined);

/** What may change of a product; its sku and currency are fixed, since past orders speak of them. */
export class UpdateProductDto {
  @ApiPropertyOptional({ example: 'Michelin', maxLength: 80 })
  @IfGiven()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  brand?: string;

  @ApiPropertyOptional({ example: 'Primacy 4 205/55 R16 91V', maxLength: 160 })
  @IfGiven()
  @IsString()
  @IsNotEmpty()
  @MaxLength(160)
  model?: string;

  @ApiPropertyOptional({
    type: 'integer',
    example: 12995,
    description: 'Minor units; placed orders keep their price',
  })
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(MAXIMUM_CHARGE_AMOUNT)
  unitAmount?: number;

  @ApiPropertyOptional({
    type: 'integer',
    example: 24,
    description: 'Units that may still be sold',
  })
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_STOCK)
  stock?: number;

  @ApiPropertyOptional({ description: 'False takes it off the shelf' })
  @IfGiven()
  @IsBoolean()
  active?: boolean;
}
