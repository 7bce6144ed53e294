import { Controller, HttpCode, Post, Req } from '@nestjs/common';
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
import { PaymentsService } from './payments.service.js';

export class WebhookReceivedResponse {
  @ApiProperty({ example: true })
  received: true;
}

/** Where Stripe calls. The signature has been checked before: see `webhook-signature.hook.ts`. */
@ApiTags('webhooks')
@Controller('api/webhook/stripe')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

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
  async receive(@Req() request: FastifyRequest): Promise<WebhookReceivedResponse> {
    await this.payments.settle(request.stripeEvent!);
    return { received: true };
  }
}
