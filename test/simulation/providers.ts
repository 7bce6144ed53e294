import { setTimeout as pause } from 'node:timers/promises';
import type { AppConfig } from '../../src/config/app-config.js';
import { type Doubles, pointedAt, startDoubles } from '../support/doubles.js';
import type { DrawnFault } from './step.js';

/** A silent provider is cut after this: a caller learns as much from it as from its own time limit. */
const SILENCE_MS = 25;
const SLOW_MS = 15;

/** The doubles of all instances, and which instance hears the next webhook. */
export class Providers {
  private isSlow = false;

  private constructor(
    readonly doubles: Doubles,
    readonly config: AppConfig,
    private readonly target: { url: string },
  ) {}

  static async start(base: AppConfig): Promise<Providers> {
    const target = { url: '' };
    const doubles = await startDoubles(base, () => target.url);
    return new Providers(doubles, pointedAt(base, doubles), target);
  }

  /** Until the next call: a delivery that has begun keeps its own. */
  aimAt(url: string): void {
    this.target.url = url;
  }

  add(fault: DrawnFault): void {
    const { stripe, twilio, mail } = this.doubles;
    const { status, accepted, times } = fault;
    if (fault.provider === 'mail') {
      const { stage } = fault;
      const isTaken = accepted && stage === 'DATA';
      mail.faults.add(
        fault.kind === 'reply'
          ? { kind: 'reply', stage, code: status, times, accepted: isTaken }
          : { kind: 'hang', stage, times, accepted: isTaken, cutAfterMs: SILENCE_MS },
      );
      return;
    }
    const { faults } = fault.provider === 'stripe' ? stripe : twilio;
    if (fault.kind === 'status') {
      const body = { error: { type: 'api_error', message: 'Scripted failure' }, status };
      faults.add({ kind: 'status', status, body, accepted, times });
    } else if (fault.kind === 'hang') {
      faults.add({ kind: 'hang', accepted, times, cutAfterMs: SILENCE_MS });
    } else if (fault.kind === 'slow') {
      this.isSlow = true;
      faults.add({ kind: 'delay', ms: SLOW_MS, times });
    } else if (fault.kind === 'reset') faults.add({ kind: 'reset', accepted, times });
    else faults.add({ kind: 'truncate', times });
  }

  /** A provider is slow for seconds at most: what is on its way to it arrives before the clock jumps. */
  async landed(): Promise<void> {
    if (this.isSlow) await pause(2 * SLOW_MS);
  }

  mend(): void {
    this.isSlow = false;
    const { stripe, twilio, mail } = this.doubles;
    for (const { faults } of [stripe, twilio, mail]) faults.clear();
  }

  forget(): void {
    const { stripe, twilio, mail } = this.doubles;
    for (const double of [stripe, twilio, mail]) double.forget();
  }

  copiesAt(channel: string, notificationId: string): number {
    const { twilio, mail } = this.doubles;
    if (channel === 'email') {
      return mail.messages.filter((one) => one.messageId?.startsWith(`<${notificationId}@`)).length;
    }
    const mark = new RegExp(`[?&]nid=${notificationId}(?:&|$)`);
    return twilio.messages.filter((one) => mark.test(one.statusCallback ?? '')).length;
  }
}
