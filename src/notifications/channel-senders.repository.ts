import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ChannelName } from '../channels/channel.js';
import type { RecipientVerdict } from '../channels/channel.errors.js';
import { rowsOf } from '../database/transaction.js';
import {
  FAILURES_UNTIL_PAUSE,
  FIRST_PAUSE_SECONDS,
  LONGEST_PAUSE_SECONDS,
} from './retry-policy.js';

/** What all processes together know of the channels' providers and of the numbers they refuse. */
@Injectable()
export class ChannelSendersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The provider did not answer; answers how often in a row. From a certain number on the channel
   * rests, longer each time. While it rests only the probe counts: the failures of messages that were
   * on their way already tell nothing new, and answer null.
   */
  async recordFailure(channel: ChannelName, probe: boolean): Promise<number | null> {
    const [row] = await rowsOf<{ failures: number }>(
      this.dataSource.manager,
      `UPDATE channel_senders
          SET failures = failures + 1,
              paused_until = CASE WHEN failures + 1 >= $3
                THEN now() + make_interval(secs => least($5, $4 * 2 ^ least(10, failures + 1 - $3)))
                ELSE paused_until END,
              pause_reason = CASE WHEN failures + 1 >= $3 THEN 'provider_down'
                                  ELSE pause_reason END
        WHERE channel = $1 AND ($2 OR paused_until IS NULL OR paused_until <= now())
       RETURNING failures`,
      [channel, probe, FAILURES_UNTIL_PAUSE, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS],
    );
    return row?.failures ?? null;
  }

  /** The provider answered: what it takes for down is over, a daily limit is not. */
  async recordAnswer(channel: ChannelName): Promise<void> {
    await this.dataSource.query(
      `UPDATE channel_senders
          SET failures = 0,
              paused_until = CASE WHEN pause_reason = 'provider_down' THEN NULL
                                  ELSE paused_until END
        WHERE channel = $1 AND failures > 0`,
      [channel],
    );
  }

  /** True for the first that says so: the channel rests for a day, for every process. */
  async pauseForADay(channel: ChannelName): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource.manager,
      `UPDATE channel_senders
          SET paused_until = now() + interval '24 hours', pause_reason = 'daily_limit', failures = 0
        WHERE channel = $1
          AND (paused_until IS NULL OR paused_until <= now() OR pause_reason <> 'daily_limit')
       RETURNING channel`,
      [channel],
    );
    return rows.length > 0;
  }

  /**
   * Nothing leaves any more for the number that this message was meant for, on its channel. True when
   * that is new. An opt-out takes the place of a flag, never the other way round.
   */
  async flagRecipient(
    notificationId: string,
    reason: RecipientVerdict,
    errorCode: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `INSERT INTO unreachable_numbers AS known (channel, phone_number, reason, error_code)
       SELECT n.channel, c.phone_number, $2, $3
         FROM notifications n JOIN customers c ON c.id = n.customer_id
        WHERE n.id = $1 AND n.channel <> 'email'
       ON CONFLICT (channel, phone_number) DO UPDATE
          SET reason = excluded.reason, error_code = excluded.error_code
        WHERE known.reason = 'number_flagged' AND excluded.reason = 'opted_out'
       RETURNING channel`,
      [notificationId, reason, errorCode],
    );
    return rows.length > 0;
  }
}
