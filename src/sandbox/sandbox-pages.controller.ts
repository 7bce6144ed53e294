import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/roles.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { ASSETS } from './pages/assets.js';
import { phonePage } from './pages/phone-page.html.js';
import { sandboxPage } from './pages/sandbox-page.html.js';

const HTML = 'text/html; charset=utf-8';

/** As every page of ours, and framing only our own e-mails. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

@ApiExcludeController()
@Public()
@Controller('sandbox')
export class SandboxPagesController {
  constructor(private readonly config: AppConfig) {}

  @Get()
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  @Header('cache-control', 'no-cache')
  sandbox(): string {
    return sandboxPage(this.config.shop.name);
  }

  @Get('phone')
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  @Header('cache-control', 'no-cache')
  phone(): string {
    return phonePage(this.config.shop.name);
  }

  @Get('assets/:file')
  @Header('cache-control', 'no-cache')
  asset(@Param('file') file: string, @Res({ passthrough: true }) reply: FastifyReply): string {
    const asset = ASSETS.get(file);
    if (!asset) throw new NotFoundException();
    reply.type(asset.type);
    return asset.text;
  }
}
