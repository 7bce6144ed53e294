import { Inject, Injectable, Logger } from '@nestjs/common';
import { ALL_CHANNELS, type Channel, type SendOutcome } from '../channels/channel.js';
import { messageOutcomes } from '../common/metrics.js';
import { maskPhone } from '../common/phone-number.js';
import type { CustomerView } from '../customers/customers.service.js';
import { MessageComposer } from './message-composer.js';
import {
  type ClaimedNotification,
  OutboxRepository,
  type Settlement,
} from './outbox.repository.js';
import { isSentUnsure, MAX_ATTEMPTS, retryDelaySeconds } from './retry-policy.js';
import { SenderHealthService } from './sender-health.service.js';
import { SettlementQueue } from './settlement-queue.js';

/** No channel takes longer for one message; well below the lease. */
const LONGEST_SEND_MS = 25_000;

/** The words of the original system's logs, by message. */
const SENT_LOG: Partial<Record<ClaimedNotification['kind'], string>> = {
  payment_thank_you: 'Thank you message sent to',
  pickup_qr: 'Pickup QR sent to',
};

export interface Delivery {
  /** False: the message waits for another attempt. */
  readonly taken: boolean;
  /** Until it is written down what became of it. */
  readonly ended: Promise<void>;
}

/** Sends one claimed message and writes down what became of it. */
@Injectable()
export class DeliveryService {
  private readonly logger = new Logger(DeliveryService.name);
  private readonly channels: ReadonlyMap<string, Channel>;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly settlements: SettlementQueue,
    private readonly composer: MessageComposer,
    private readonly health: SenderHealthService,
    @Inject(ALL_CHANNELS) channels: readonly Channel[],
  ) {
    this.channels = new Map(channels.map((channel) => [channel.name, channel]));
  }

  /**
   * Answers when the message has left, or has failed and that is written down: what a failure says of
   * the channel concerns the next message. Both promises fail only when the database does: the row then
   * comes back when its lease ends.
   */
  async deliver(claimed: ClaimedNotification, customer: CustomerView): Promise<Delivery> {
    if (claimed.dropped) {
      this.report(claimed, customer, { status: 'dropped', errorCode: 'too_late' });
      return { taken: true, ended: Promise.resolve() };
    }
    const settlement = await this.attempt(claimed, customer);
    // Another process has the row, or will: it settles it.
    if (settlement === 'lease_lost') return { taken: false, ended: Promise.resolve() };
    const ended = this.settle(claimed, customer, settlement);
    if (settlement.status !== 'sent') await ended;
    return { taken: settlement.status !== 'queued', ended };
  }

  private async settle(
    claimed: ClaimedNotification,
    customer: CustomerView,
    settlement: Settlement,
  ): Promise<void> {
    const mine = await this.settlements.settle(claimed, settlement);
    if (mine) this.report(claimed, customer, settlement);
    await this.health.learn(claimed, settlement);
  }

  private async attempt(
    claimed: ClaimedNotification,
    customer: CustomerView,
  ): Promise<Settlement | 'lease_lost'> {
    const channel = this.channels.get(claimed.channel);
    if (!channel?.enabled) return { status: 'failed', errorCode: 'channel_disabled' };
    if (claimed.flag !== null) return { status: 'failed', errorCode: claimed.flag };
    try {
      const message = await this.composer.compose(claimed, customer);
      if (!message) return { status: 'dropped', errorCode: 'no_longer_true' };
      if (claimed.ambiguous) {
        const others = await this.outbox.otherProviderIds(claimed);
        const found = await channel.find(message, claimed.createdAt, others);
        // An e-mail cannot be looked up: it goes out again under the same Message-ID.
        const mayRepeat =
          claimed.channel === 'email' || isSentUnsure(claimed.kind, claimed.attempts);
        if (found === 'unknown' && !mayRepeat) {
          return later(claimed, { result: 'ambiguous', errorCode: 'lookup_failed' });
        }
        if (found && found !== 'unknown') return { status: 'sent', providerId: found };
      }
      if (!this.holds(claimed)) return 'lease_lost';
      const outcome = await channel.send(message);
      return outcome.result === 'accepted'
        ? { status: 'sent', providerId: outcome.providerId }
        : later(claimed, outcome);
    } catch (error) {
      this.logger.error({
        event: 'message.error',
        notificationId: claimed.id,
        error: error instanceof Error ? error.name : 'unknown',
        msg: `Message ${claimed.id} could not be prepared`,
      });
      // An attempt that may have left earlier stays uncertain: the next one looks before it sends.
      const result = claimed.ambiguous ? 'ambiguous' : 'try_later';
      return later(claimed, { result, errorCode: 'internal_error' });
    }
  }

  /**
   * Whether a send that begins now ends within the lease. A process that was frozen in between would
   * else send what another one has taken over.
   */
  private holds({ id, leaseEndsAt }: ClaimedNotification): boolean {
    if (performance.now() + LONGEST_SEND_MS < leaseEndsAt) return true;
    this.logger.warn({
      event: 'message.lease_lost',
      notificationId: id,
      msg: `Message ${id} was held for too long to be sent: it is left to another process`,
    });
    return false;
  }

  private report(claimed: ClaimedNotification, customer: CustomerView, end: Settlement): void {
    const { id: notificationId, orderId, kind, channel } = claimed;
    const ids = { notificationId, orderId, kind, channel };
    const outcome = end.status === 'queued' ? 'postponed' : end.status;
    messageOutcomes.inc({ channel, outcome });
    if (end.status !== 'sent') {
      const { errorCode } = end;
      this.logger.warn({
        event: `message.${outcome}`,
        ...ids,
        errorCode,
        attempts: claimed.attempts,
        msg: `Message ${notificationId} (${kind}) was not sent: ${errorCode}`,
      });
      return;
    }
    const { orderNumber } = claimed.params;
    const to = () => (channel === 'email' ? 'the e-mail address' : maskPhone(customer.phoneNumber));
    const msg =
      kind === 'payment_reminder'
        ? `Reminder sent for order ${orderNumber}`
        : `${SENT_LOG[kind] ?? `Message ${kind} sent to`} ${to()}`;
    this.logger.log({ event: 'message.sent', ...ids, msg });
  }
}

/** Rejected for good, or back into the queue until the attempts are used up. */
function later(
  claimed: ClaimedNotification,
  { result, errorCode }: Extract<SendOutcome, { errorCode: string }>,
): Settlement {
  if (result === 'rejected' || claimed.attempts >= MAX_ATTEMPTS) {
    return { status: 'failed', errorCode };
  }
  return {
    status: 'queued',
    errorCode,
    ambiguous: result === 'ambiguous',
    retryInSeconds: retryDelaySeconds(claimed.attempts),
  };
}
