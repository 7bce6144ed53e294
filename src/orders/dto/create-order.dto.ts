import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsShopPhoneNumber } from '../../common/phone-number.validator.js';
import { SKU_MESSAGE, SKU_PATTERN } from '../../common/sku.js';

/** Stripe takes at most 100 line items a session (docs.stripe.com/api/checkout/sessions/create). */
export const MAX_ITEMS = 100;
export const MAX_QUANTITY = 1_000;

export class OrderCustomerDto {
  @ApiProperty({
    example: '+590690123456',
    description: 'E.164 or national: Guadeloupe, Martinique, Guyane, Réunion, France',
  })
  @IsShopPhoneNumber()
  phoneNumber: string;

  @ApiPropertyOptional({ example: 'Aline', maxLength: 100 })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  firstName?: string;

  @ApiPropertyOptional({ example: 'Moreau', maxLength: 100 })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  lastName?: string;

  @ApiPropertyOptional({ example: 'aline@example.com', format: 'email', maxLength: 254 })
  @IsOptional()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  @ApiPropertyOptional({ enum: ['fr', 'en'], default: 'fr' })
  @IsOptional()
  @IsIn(['fr', 'en'])
  locale?: 'fr' | 'en';
}

export class OrderLineDto {
  @ApiProperty({ example: 'MICHELIN-P4-2055516' })
  @IsString()
  @Matches(SKU_PATTERN, { message: SKU_MESSAGE })
  sku: string;

  @ApiProperty({ type: 'integer', example: 2, minimum: 1, maximum: MAX_QUANTITY })
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity: number;
}

export class CreateOrderDto {
  @ApiProperty({ type: () => OrderCustomerDto })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => OrderCustomerDto)
  customer: OrderCustomerDto;

  @ApiProperty({ type: () => [OrderLineDto], minItems: 1, maxItems: MAX_ITEMS })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  @ArrayUnique((line: OrderLineDto | null) => line?.sku, {
    message: 'items must not name the same sku twice: add the quantities up',
  })
  @ValidateNested({ each: true })
  @Type(() => OrderLineDto)
  items: OrderLineDto[];
}
