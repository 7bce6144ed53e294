import { Controller, Headers, HttpCode, Logger, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../access/roles.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { CheckoutGateway } from '../stripe/checkout.gateway.js';
import { WebhookSignatureError } from '../stripe/stripe.errors.js';
import { PaymentsService } from './payments.service.js';

export class WebhookReceivedResponse {
  @ApiProperty({ example: true })
  received: true;
}

/** Where Stripe calls. The signature is checked over the exact bytes before anything is parsed. */
@ApiTags('webhooks')
@Controller('api/webhook/stripe')
export class PaymentsController {
  private readonly logger = new Logger(PaymentsController.name);

  constructor(
    private readonly gateway: CheckoutGateway,
    private readonly payments: PaymentsService,
  ) {}

  @Post()
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Events of Stripe',
    description:
      'Signed by Stripe. 200 is final; only a 5xx asks Stripe to deliver the event again.',
  })
  @ApiHeader({ name: 'Stripe-Signature', required: true })
  @ApiBody({ schema: { type: 'object', description: 'A snapshot event of Stripe' } })
  @ApiOkResponse({ type: WebhookReceivedResponse })
  @ApiProblems({
    400: 'invalid_signature',
    413: 'body_too_large',
    415: 'unsupported_media_type',
    503: 'service_unavailable',
  })
  async receive(
    @Req() request: FastifyRequest,
    @Headers('stripe-signature') signature: string | undefined,
  ): Promise<WebhookReceivedResponse> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    await this.payments.settle(this.verified(rawBody, signature));
    return { received: true };
  }

  private verified(rawBody: Buffer, signature: string | undefined) {
    try {
      return this.gateway.verifyEvent(rawBody, signature);
    } catch (error) {
      if (error instanceof WebhookSignatureError) {
        this.refused(error);
      }
      throw error;
    }
  }

  private refused({ reason }: WebhookSignatureError): void {
    const line = {
      event: 'stripe_event.refused',
      reason,
      msg: `A webhook call was refused: signature ${reason}`,
    };
    if (reason !== 'timestamp') return this.logger.warn(line);
    // Signed by Stripe itself: as a rule it is this machine's clock that is wrong, and no payment gets through.
    this.logger.error({ ...line, msg: `${line.msg}; check the clock of this machine` });
  }
}
