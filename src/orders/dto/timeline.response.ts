import { ApiProperty } from '@nestjs/swagger';

export class TimelineEntryResponse {
  @ApiProperty({ type: String, format: 'date-time' })
  at: Date;

  @ApiProperty({
    example: 'payment.succeeded',
    description: 'What happened to the order, or `message.<kind>` for a message to the customer',
  })
  type: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { amount: 25990, currency: 'eur' },
  })
  data: Record<string, unknown>;
}

export class TimelineResponse {
  @ApiProperty({ type: () => [TimelineEntryResponse], description: 'Oldest first' })
  data: TimelineEntryResponse[];

  @ApiProperty({ type: String, nullable: true, description: 'Always null: a timeline is one page' })
  nextCursor: null;
}
