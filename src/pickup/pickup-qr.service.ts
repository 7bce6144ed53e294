import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { PickupQr } from '../notifications/pickup-qr.port.js';
import { OrderViews } from '../orders/order-views.service.js';
import { PickupPassesRepository } from './pickup-passes.repository.js';
import type { PickupPass } from './pickup-pass.entity.js';
import { imageToken, isSigned, parseImageToken, pickupToken } from './pickup-token.js';

/** Long enough for a provider's retries and a customer's second look; the code itself lives on. */
const IMAGE_DAYS = 7;

/** The pickup code as an image, for messages, pages and the public image route. */
@Injectable()
export class PickupQrService extends PickupQr {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly passes: PickupPassesRepository,
    private readonly orders: OrderViews,
  ) {
    super();
  }

  override async imageUrl(orderId: string): Promise<string | null> {
    const pass = await this.livePass(await this.passes.findByOrder(orderId));
    if (!pass) return null;
    const expiresAt = new Date(this.clock.now().getTime() + IMAGE_DAYS * 24 * 60 * 60 * 1_000);
    return `${this.config.http.appUrl}/q/${imageToken(pass, expiresAt)}.png`;
  }

  override async png(orderId: string): Promise<Buffer | null> {
    const pass = await this.livePass(await this.passes.findByOrder(orderId));
    return pass ? draw(pass) : null;
  }

  /** Null for anything forged, expired, suspended, or refunded since: a caller cannot tell which. */
  async pngByToken(token: string): Promise<Buffer | null> {
    const parsed = parseImageToken(token);
    if (!parsed?.expiresAt || parsed.expiresAt <= this.clock.now()) return null;
    const pass = await this.passes.findById(parsed.passId);
    if (!pass || !isSigned(parsed, pass)) return null;
    return (await this.livePass(pass)) ? draw(pass) : null;
  }

  private async livePass(pass: PickupPass | null): Promise<PickupPass | null> {
    if (!pass || pass.suspendedAt) return null;
    const paymentStatus = await this.orders.findPaymentStatus(pass.orderId);
    return paymentStatus !== 'refunded' ? pass : null;
  }
}

/**
 * Error correction M and a quiet zone of four modules: read from a scratched phone screen too. What draws
 * is loaded for the first code: an idle process does not need it.
 */
async function draw(pass: PickupPass): Promise<Buffer> {
  const { default: QRCode } = await import('qrcode');
  return QRCode.toBuffer(pickupToken(pass), {
    type: 'png',
    errorCorrectionLevel: 'M',
    margin: 4,
    width: 480,
  });
}
