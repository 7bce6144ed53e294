import { Module } from '@nestjs/common';
import { CheckoutGateway } from './checkout.gateway.js';
import { PaymentsGateway } from './payments.gateway.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeCheckoutGateway } from './stripe-checkout.gateway.js';
import { StripePaymentsGateway } from './stripe-payments.gateway.js';

@Module({
  providers: [
    StripeCalls,
    { provide: CheckoutGateway, useClass: StripeCheckoutGateway },
    { provide: PaymentsGateway, useClass: StripePaymentsGateway },
  ],
  exports: [CheckoutGateway, PaymentsGateway],
})
export class StripeModule {}
