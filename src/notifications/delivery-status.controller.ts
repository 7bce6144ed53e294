import { Body, Controller, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { ApiConsumes, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/roles.decorator.js';
import { TwilioSignatureGuard } from '../channels/twilio-signature.guard.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { DeliveryReportsService } from './delivery-reports.service.js';

/** Twilio adds parameters without notice, so the body is read field by field, never validated whole. */
type StatusCallback = Readonly<Record<string, unknown>>;

const NOTIFICATION_ID = /^\d{1,18}$/;

@ApiTags('webhooks')
@Controller('api/webhook/twilio')
export class DeliveryStatusController {
  constructor(private readonly reports: DeliveryReportsService) {}

  @Post('status')
  @Public()
  @UseGuards(TwilioSignatureGuard)
  @HttpCode(204)
  @ApiOperation({ summary: "Twilio's word on a message it took: sent, delivered, read, failed" })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiNoContentResponse({ description: 'Stored, or of no message of ours' })
  @ApiProblems({ 403: 'invalid_signature' })
  async receive(@Query('nid') nid: unknown, @Body() body: StatusCallback): Promise<void> {
    const { MessageSid: providerId, MessageStatus: status, ErrorCode: errorCode } = body;
    if (typeof nid !== 'string' || !NOTIFICATION_ID.test(nid)) return;
    if (typeof providerId !== 'string' || typeof status !== 'string') return;
    await this.reports.receive({
      notificationId: nid,
      providerId,
      status,
      errorCode: typeof errorCode === 'string' && errorCode !== '' ? errorCode : null,
    });
  }
}
