import {
  Controller,
  Get,
  Header,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  Res,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/roles.decorator.js';
import { mailPage } from './pages/mail-page.html.js';
import { ProviderControl } from './providers/provider-control.js';
import { SandboxState, type SandboxStateView } from './sandbox-state.service.js';

const E164 = /^\+\d{6,15}$/;
const MESSAGE_ID = /^[A-Z]{2}[0-9a-f]{32}$/;
const IMAGE = /^image\/(?:png|jpeg|gif|webp)$/;

/** An e-mail loads nothing and runs nothing, and only the phone may frame it. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'self'";

/** What the customer's phone shows, as data and pictures. */
@ApiExcludeController()
@Public()
@Controller('sandbox')
export class SandboxPhoneController {
  constructor(
    private readonly state: SandboxState,
    private readonly control: ProviderControl,
  ) {}

  @Get('state')
  @Header('cache-control', 'no-store')
  async read(@Query('number') number: unknown): Promise<SandboxStateView> {
    return this.state.read(typeof number === 'string' && E164.test(number) ? number : null);
  }

  @Get('media/:messageId/:picture')
  @Header('cache-control', 'private, max-age=3600')
  async picture(
    @Param('messageId') messageId: string,
    @Param('picture', ParseIntPipe) index: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const picture = MESSAGE_ID.test(messageId)
      ? await this.control.picture(messageId, index)
      : null;
    if (!picture || !IMAGE.test(picture.contentType)) throw new NotFoundException();
    reply.type(picture.contentType);
    return picture.bytes;
  }

  @Get('mails/:id')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', MAIL_POLICY)
  @Header('cache-control', 'no-store')
  async mail(@Param('id', ParseIntPipe) id: number): Promise<string> {
    const mail = await this.control.mail(id);
    if (!mail) throw new NotFoundException();
    return mailPage(mail);
  }
}
