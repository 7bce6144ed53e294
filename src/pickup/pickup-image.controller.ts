import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RateLimited } from '../access/rate-limit.guard.js';
import { Public } from '../access/roles.decorator.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { PickupQrService } from './pickup-qr.service.js';

const FILE = /^(.{1,120})\.png$/;

/** Fetched by Twilio and by mail readers, so it needs no key: the token in its name is the key. */
@ApiTags('pickup')
@Controller('q')
export class PickupImageController {
  constructor(private readonly qr: PickupQrService) {}

  @Get(':file')
  @Public()
  @RateLimited('pages')
  @Header('cache-control', 'private, no-store')
  @Header('referrer-policy', 'no-referrer')
  @ApiOperation({ summary: 'The pickup QR code, under an expiring name: /q/{token}.png' })
  @ApiOkResponse({ content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } })
  @ApiProblems({ 404: 'not_found', 429: 'too_many_requests' })
  async image(@Param('file') file: string): Promise<StreamableFile> {
    const token = FILE.exec(file)?.[1];
    const png = token ? await this.qr.pngByToken(token) : null;
    if (!png) throw new NotFoundException();
    return new StreamableFile(png, { type: 'image/png', length: png.length });
  }
}
