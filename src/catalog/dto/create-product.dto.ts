import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { CURRENCIES, MAXIMUM_CHARGE_AMOUNT } from '../../common/money.js';
import { SKU_MESSAGE, SKU_PATTERN } from '../../common/sku.js';

export const MAX_STOCK = 1_000_000;

export class CreateProductDto {
  @ApiProperty({ example: 'MICHELIN-P4-2055516' })
  @Matches(SKU_PATTERN, { message: SKU_MESSAGE })
  sku: string;

  @ApiProperty({ example: 'Michelin', maxLength: 80 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  brand: string;

  @ApiProperty({ example: 'Primacy 4 205/55 R16 91V', maxLength: 160 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(160)
  model: string;

  @ApiProperty({ type: 'integer', example: 12995, description: 'Minor units' })
  @IsInt()
  @Min(1)
  @Max(MAXIMUM_CHARGE_AMOUNT)
  unitAmount: number;

  @ApiPropertyOptional({ example: 'eur', default: 'eur' })
  @IsIn(CURRENCIES, { message: 'currency must be a lower-case ISO 4217 code' })
  currency: string = 'eur';

  @ApiProperty({ type: 'integer', example: 24 })
  @IsInt()
  @Min(0)
  @Max(MAX_STOCK)
  stock: number;

  @ApiPropertyOptional({ default: true })
  @IsBoolean()
  active: boolean = true;
}
