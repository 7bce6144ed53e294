import { applyDecorators, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { CronSecretGuard } from './cron-secret.guard.js';
import { Public } from './roles.decorator.js';

export class CronResponse {
  @ApiProperty({ example: true })
  success: true;

  @ApiProperty({ type: 'integer', example: 3, description: 'How many this call has dealt with' })
  processed: number;

  @ApiProperty({ format: 'date-time' })
  timestamp: string;
}

export const cronAnswer = (processed: number): CronResponse => ({
  success: true,
  processed,
  timestamp: new Date().toISOString(),
});

/** A route for the scheduler of the host: CRON_SECRET as bearer, the answer of every such route. */
export const CronRoute = (summary: string): MethodDecorator =>
  applyDecorators(
    Public(),
    UseGuards(CronSecretGuard),
    ApiBearerAuth('cron'),
    ApiOperation({ summary }),
    ApiOkResponse({ type: CronResponse }),
    ApiUnauthorizedResponse({
      description: 'No CRON_SECRET',
      schema: { type: 'object', example: { error: 'Unauthorized' } },
    }),
  );
