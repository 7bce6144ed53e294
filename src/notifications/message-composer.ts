import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { InlineImage, OutboundMessage } from '../channels/channel.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../common/clock.js';
import type { CustomerView } from '../customers/customers.service.js';
import { type ClaimedNotification, OutboxRepository } from './outbox.repository.js';
import { PickupQr } from './pickup-qr.port.js';
import { renderEmailHtml } from './templates/email-layout.js';
import type { MessageFacts } from './templates/message-template.js';
import { renderSubject, renderText } from './templates/templates.js';

/** Turns an outbox row into the message as it is true at this moment. */
@Injectable()
export class MessageComposer {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly outbox: OutboxRepository,
    private readonly modules: ModuleRef,
  ) {}

  /** Null when there is nothing left to say: the QR of an order that was given back. */
  async compose(
    claimed: ClaimedNotification,
    customer: CustomerView,
  ): Promise<OutboundMessage | null> {
    const facts = await this.factsOf(claimed, customer);
    const text = renderText(claimed.kind, customer.locale, facts);
    const base = { notificationId: claimed.id, text };
    if (claimed.channel === 'email') return this.email(claimed, customer, facts, base);
    if (claimed.kind !== 'pickup_qr') return { ...base, to: customer.phoneNumber };
    const mediaUrl = await this.pickupQr().imageUrl(claimed.orderId);
    return mediaUrl ? { ...base, to: customer.phoneNumber, mediaUrl } : null;
  }

  private async email(
    claimed: ClaimedNotification,
    customer: CustomerView,
    facts: MessageFacts,
    base: Pick<OutboundMessage, 'notificationId' | 'text'>,
  ): Promise<OutboundMessage | null> {
    if (!customer.email) return null;
    const inlineImages = await this.inlineImages(claimed);
    const qrContentId = inlineImages[0]?.contentId;
    return {
      ...base,
      to: customer.email,
      subject: renderSubject(claimed.kind, customer.locale, facts),
      html: renderEmailHtml(base.text, {
        locale: customer.locale,
        shop: this.config.shop,
        ...(qrContentId ? { qrContentId } : {}),
      }),
      inlineImages,
    };
  }

  /** The thank-you e-mail carries the QR itself: mail readers strip images that are written into the HTML. */
  private async inlineImages({ kind, orderId }: ClaimedNotification): Promise<InlineImage[]> {
    if (kind !== 'payment_thank_you') return [];
    const png = await this.pickupQr().png(orderId);
    return png ? [{ contentId: 'pickup-qr', filename: 'qr-retrait.png', png }] : [];
  }

  private async factsOf(
    { kind, orderId, channel, params }: ClaimedNotification,
    customer: CustomerView,
  ): Promise<MessageFacts> {
    const mentionsEmail = kind === 'payment_thank_you' && customer.email !== null;
    const emailLeft =
      mentionsEmail && (channel === 'email' || (await this.outbox.leftByEmail(orderId, kind)));
    return {
      orderNumber: params.orderNumber,
      firstName: customer.firstName,
      items: params.items,
      totalAmount: params.totalAmount,
      currency: params.currency,
      paymentUrl: params.paymentUrl,
      paymentExpiresAt: params.paymentExpiresAt ? new Date(params.paymentExpiresAt) : null,
      now: this.clock.now(),
      shop: this.config.shop,
      instalments: this.config.stripe.paymentMethods.includes('alma'),
      emailSentTo: emailLeft ? customer.email : null,
      ...(params.moved ? { moved: params.moved } : {}),
    };
  }

  /** Looked up when needed: the pickup module stands above this one and is not known while it is built. */
  private pickupQr(): PickupQr {
    return this.modules.get(PickupQr, { strict: false });
  }
}
