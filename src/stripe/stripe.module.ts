import { Module } from '@nestjs/common';
import { CheckoutGateway } from './checkout.gateway.js';
import { StripeCheckoutGateway } from './stripe-checkout.gateway.js';

@Module({
  providers: [{ provide: CheckoutGateway, useClass: StripeCheckoutGateway }],
  exports: [CheckoutGateway],
})
export class StripeModule {}
