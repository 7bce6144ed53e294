import { ApiProperty } from '@nestjs/swagger';
import {
  ORDER_STATUSES,
  type OrderStatus,
  PAYMENT_STATUSES,
  type PaymentStatus,
} from '../order-status.js';

export class OrderItemResponse {
  @ApiProperty({ example: 'MICHELIN-P4-2055516' })
  sku: string;

  @ApiProperty({ example: 'Michelin' })
  brand: string;

  @ApiProperty({ example: 'Primacy 4 205/55 R16 91V' })
  model: string;

  @ApiProperty({ type: 'integer', example: 2 })
  quantity: number;

  @ApiProperty({ type: 'integer', example: 12995, description: 'Minor units' })
  unitAmount: number;

  @ApiProperty({ type: 'integer', example: 25990, description: 'Minor units' })
  lineAmount: number;
}

export class OrderCustomerResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, example: 'Aline' })
  firstName: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Moreau' })
  lastName: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'aline@example.com' })
  email: string | null;

  @ApiProperty({ example: '+590690123456', description: 'E.164' })
  phoneNumber: string;
}

const NullableInstant = () => ApiProperty({ type: String, format: 'date-time', nullable: true });

export class OrderResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'GC-2026-000123' })
  orderNumber: string;

  @ApiProperty({ enum: ORDER_STATUSES })
  status: OrderStatus;

  @ApiProperty({ enum: PAYMENT_STATUSES })
  paymentStatus: PaymentStatus;

  @ApiProperty({ example: 'eur', description: 'ISO 4217, lower case' })
  currency: string;

  @ApiProperty({ type: 'integer', example: 25990, description: 'Minor units: 25990 is 259.90 EUR' })
  totalAmount: number;

  @ApiProperty({ type: () => [OrderItemResponse] })
  items: OrderItemResponse[];

  @ApiProperty({ type: () => OrderCustomerResponse })
  customer: OrderCustomerResponse;

  @ApiProperty({ type: String, nullable: true, example: 'cs_test_a1B2c3' })
  stripeSessionId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "Stripe's own page; null while it is being made and once it is no longer open",
  })
  paymentUrl: string | null;

  @NullableInstant()
  paymentExpiresAt: Date | null;

  @ApiProperty({ example: false })
  reminderSent: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  @NullableInstant()
  paidAt: Date | null;

  @NullableInstant()
  cancelledAt: Date | null;

  @ApiProperty({ type: String, nullable: true, example: 'payment_link_expired' })
  cancelReason: string | null;
}

export class OrderPageResponse {
  @ApiProperty({ type: () => [OrderResponse] })
  data: OrderResponse[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
