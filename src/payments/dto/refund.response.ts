import { ApiProperty } from '@nestjs/swagger';
import { REFUND_STATUSES, type RefundStatus } from '../refund-status.js';

export class RefundResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  orderId: string;

  @ApiProperty({ example: 'pi_3PtK9dLkdIwHu7ix0Abcdefg' })
  paymentIntentId: string;

  @ApiProperty({ type: 'integer', example: 5990, description: 'Minor units' })
  amount: number;

  @ApiProperty({ example: 'eur', description: 'ISO 4217, lower case' })
  currency: string;

  @ApiProperty({
    enum: REFUND_STATUSES,
    description:
      '`creating`: Stripe has not answered yet, the same request is repeated until it does',
  })
  status: RefundStatus;

  @ApiProperty({ type: String, nullable: true, example: 're_3PtK9dLkdIwHu7ix0Abcdefg' })
  stripeRefundId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why it failed, or why Stripe has not answered yet',
  })
  reason: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;
}

export class RefundListResponse {
  @ApiProperty({ type: () => [RefundResponse], description: 'Newest first' })
  data: RefundResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Always null: one page holds them all',
  })
  nextCursor: null;
}
