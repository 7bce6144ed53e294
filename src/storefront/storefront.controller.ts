import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/roles.decorator.js';
import { AppConfig } from '../config/app-config.js';

/** The shop's own currency: what a storefront shows before there is anything in the cart. */
const SHOP_CURRENCY = 'eur';

export class StorefrontResponse {
  @ApiProperty({ type: String, nullable: true, example: 'pk_test_…' })
  publishableKey: string | null;

  @ApiProperty({ example: 'eur', description: 'ISO 4217, lower case' })
  currency: string;

  @ApiProperty({ example: 'GarageConnect' })
  shopName: string;
}

/** What a storefront may know without a key: nothing here is secret. */
@ApiTags('storefront')
@Controller('api/config')
export class StorefrontController {
  constructor(private readonly config: AppConfig) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Public settings of the shop' })
  @ApiOkResponse({ type: StorefrontResponse })
  get(): StorefrontResponse {
    return {
      publishableKey: this.config.stripe.publishableKey,
      currency: SHOP_CURRENCY,
      shopName: this.config.shop.name,
    };
  }
}
