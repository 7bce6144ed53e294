import { Injectable, Logger } from '@nestjs/common';
import type { ChannelName } from '../channels/channel.js';
import { isProvidersWord, verdictOf } from '../channels/channel.errors.js';
import { ChannelSendersRepository } from './channel-senders.repository.js';
import type { ClaimedNotification, Settlement } from './outbox.repository.js';
import { FAILURES_UNTIL_PAUSE } from './retry-policy.js';

/** Draws from single attempts what concerns the next ones: of the same number, or of all. */
@Injectable()
export class SenderHealthService {
  private readonly logger = new Logger(SenderHealthService.name);

  constructor(private readonly senders: ChannelSendersRepository) {}

  /** One statement at most, and none as long as all goes well. */
  async learn(claimed: ClaimedNotification, settlement: Settlement): Promise<void> {
    const { id, channel, probe } = claimed;
    if (settlement.status === 'sent') return this.answered(claimed);
    const { errorCode } = settlement;
    const verdict = verdictOf(errorCode);
    if (verdict === 'daily_limit') return this.pauseForADay(channel, errorCode);
    if (verdict === 'provider_down') return this.failed(channel, probe, errorCode);
    if (isProvidersWord(errorCode)) await this.answered(claimed);
    if (verdict !== 'message') await this.senders.flagRecipient(id, verdict, errorCode);
  }

  /** Nothing leaves by this channel for a day. One line in the log, whoever hears of it first. */
  async pauseForADay(channel: ChannelName, errorCode: string): Promise<void> {
    if (!(await this.senders.pauseForADay(channel))) return;
    this.logger.error({
      event: 'channel.daily_limit',
      channel,
      errorCode,
      msg: `${channel} rests for 24 hours: the provider takes no more messages from this sender today`,
    });
  }

  private async answered({ channel, senderFailures, probe }: ClaimedNotification): Promise<void> {
    if (senderFailures === 0) return;
    await this.senders.recordAnswer(channel);
    if (!probe) return;
    this.logger.log({ event: 'channel.resumed', channel, msg: `${channel} sends again` });
  }

  private async failed(channel: ChannelName, probe: boolean, errorCode: string): Promise<void> {
    const failures = await this.senders.recordFailure(channel, probe);
    if (failures !== FAILURES_UNTIL_PAUSE) return;
    this.logger.error({
      event: 'channel.paused',
      channel,
      errorCode,
      msg: `${channel} rests: its provider has not answered ${failures} times in a row`,
    });
  }
}
