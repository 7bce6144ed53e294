import { ApiProperty } from '@nestjs/swagger';

export class ProductResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'MICHELIN-P4-2055516' })
  sku: string;

  @ApiProperty({ example: 'Michelin' })
  brand: string;

  @ApiProperty({ example: 'Primacy 4 205/55 R16 91V' })
  model: string;

  @ApiProperty({ type: 'integer', example: 12995, description: 'Minor units: 12995 is 129.95 EUR' })
  unitAmount: number;

  @ApiProperty({ example: 'eur', description: 'ISO 4217, lower case' })
  currency: string;

  @ApiProperty({ type: 'integer', example: 24, description: 'Units that may still be sold' })
  stock: number;

  @ApiProperty({ example: true, description: 'False: no longer for sale' })
  active: boolean;
}

export class ProductPageResponse {
  @ApiProperty({ type: () => [ProductResponse] })
  data: ProductResponse[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
