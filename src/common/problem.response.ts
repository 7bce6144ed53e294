import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ProblemFieldResponse {
  @ApiProperty({ example: 'items[0].quantity' })
  path: string;

  @ApiProperty({ example: 'quantity must not be less than 1' })
  message: string;
}

/** RFC 9457 problem document, `application/problem+json`. */
export class ProblemResponse {
  @ApiProperty({ example: 'about:blank' })
  type: string;

  @ApiProperty({ example: 'Bad Request' })
  title: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status: number;

  @ApiProperty({ example: 'validation_failed', description: 'Stable: programs may rely on it' })
  code: string;

  @ApiPropertyOptional({ example: 'The request is not valid: see errors.' })
  detail?: string;

  @ApiPropertyOptional({ example: '/api/orders', description: 'The path that was asked for' })
  instance?: string;

  @ApiPropertyOptional({ type: () => [ProblemFieldResponse] })
  errors?: ProblemFieldResponse[];
}
