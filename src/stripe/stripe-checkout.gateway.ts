import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { AppConfig } from '../config/app-config.js';
import {
  CheckoutGateway,
  type CheckoutSessionParams,
  type CheckoutSessionState,
} from './checkout.gateway.js';
import { payableState, sessionState } from './session-state.js';
import { StripeCalls } from './stripe-calls.js';
import { PaymentProviderError } from './stripe.errors.js';
import { verifyStripeEvent } from './stripe-webhook-signature.js';

/** Checkout Sessions through Stripe's own SDK. */
@Injectable()
export class StripeCheckoutGateway extends CheckoutGateway {
  constructor(
    private readonly config: AppConfig,
    private readonly calls: StripeCalls,
  ) {
    super();
  }

  override async createSession(
    params: CheckoutSessionParams,
    idempotencyKey: string,
  ): Promise<CheckoutSessionState> {
    return this.calls.call(
      'create_session',
      ({ checkout }) => checkout.sessions.create(params, { idempotencyKey }),
      (session) => payableState(session, this.config.stripe),
    );
  }

  override async expireSession(sessionId: string): Promise<CheckoutSessionState> {
    try {
      return await this.calls.call(
        'expire_session',
        ({ checkout }) => checkout.sessions.expire(sessionId),
        sessionState,
      );
    } catch (error) {
      // Only an open session can be expired (docs.stripe.com/api/checkout/sessions/expire): it ended before us.
      if (error instanceof PaymentProviderError && error.reason === 'invalid_request_error') {
        return this.calls.call(
          'retrieve_session',
          ({ checkout }) => checkout.sessions.retrieve(sessionId),
          sessionState,
        );
      }
      throw error;
    }
  }

  override verifyEvent(rawBody: Buffer, signatureHeader: string | undefined): Stripe.Event {
    return verifyStripeEvent(this.calls.client, rawBody, signatureHeader, this.config.stripe);
  }
}
