import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../access/roles.decorator.js';
import { readQrPicture } from './qr-picture.js';
import { CustomersBank } from './customers-bank.service.js';
import { AgeOrderDto } from './dto/age-order.dto.js';
import { BankWordDto } from './dto/bank-word.dto.js';
import { ScanPictureDto } from './dto/scan-picture.dto.js';
import { ProviderControl } from './providers/provider-control.js';
import { SameSiteGuard } from './same-site.guard.js';
import { NoQrCodeError } from './sandbox.errors.js';
import { TimeMachine } from './time-machine.service.js';

/** What only a sandbox can do: let time pass, end a link, look at a phone through the counter's scanner. */
@ApiExcludeController()
@Public()
@UseGuards(SameSiteGuard)
@Controller('sandbox')
export class SandboxActionsController {
  constructor(
    private readonly time: TimeMachine,
    private readonly bank: CustomersBank,
    private readonly control: ProviderControl,
  ) {}

  @Post('orders/:id/age')
  @HttpCode(204)
  async age(@Param('id', ParseUUIDPipe) id: string, @Body() body: AgeOrderDto): Promise<void> {
    await this.time.age(id, body.minutes);
  }

  @Post('orders/:id/expire')
  @HttpCode(204)
  async expire(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.time.expire(id);
  }

  @Post('orders/:id/dispute')
  @HttpCode(204)
  async dispute(@Param('id', ParseUUIDPipe) id: string, @Body() body: BankWordDto): Promise<void> {
    await this.bank.say(id, body.word);
  }

  /** Only reads the code; handing it in is for `POST /api/pickups`, as at a real counter. */
  @Post('scans')
  @HttpCode(200)
  async scan(@Body() { messageId, picture }: ScanPictureDto): Promise<{ token: string }> {
    const found = await this.control.picture(messageId, picture);
    const token = found && readQrPicture(found.bytes);
    if (!token) throw new NoQrCodeError();
    return { token };
  }
}
