import type { SendOutcome } from '../../src/channels/channel.js';

/** Counts the copies of a message that a provider took and whose sender could not write that down. */
export class SendLedger {
  readonly unheard = new Map<string, number>();
  private readonly open = new Map<string, Set<string>>();
  private readonly calls = new Set<Promise<SendOutcome>>();

  constructor(
    private readonly copiesAt: (channel: string, notificationId: string) => number,
    /** Which of these the database still takes for being sent. */
    private readonly findSending: (notificationIds: readonly string[]) => Promise<string[]>,
  ) {}

  async sending(
    instance: string,
    channel: string,
    notificationId: string,
    send: () => Promise<SendOutcome>,
  ): Promise<SendOutcome> {
    this.openOf(instance).add(notificationId);
    const before = this.copiesAt(channel, notificationId);
    const call = send();
    this.calls.add(call);
    const outcome = await call.finally(() => this.calls.delete(call));
    if (outcome.result !== 'accepted') {
      this.add(notificationId, this.copiesAt(channel, notificationId) - before);
      this.openOf(instance).delete(notificationId);
    }
    return outcome;
  }

  /** What this process had sent is written down, but where the database did not take it in time. */
  async settled(instance: string): Promise<void> {
    const sent = [...this.openOf(instance)];
    for (const notificationId of sent) this.openOf(instance).delete(notificationId);
    for (const notificationId of await this.findSending(sent)) this.add(notificationId, 1);
  }

  /** It can write nothing down any more, or only too late. */
  interrupted(instance: string): void {
    for (const notificationId of this.openOf(instance)) this.add(notificationId, 1);
    this.openOf(instance).clear();
  }

  /** What the dead had on the wire arrives nevertheless; nothing of it may be left for another seed. */
  async landed(): Promise<void> {
    await Promise.allSettled(this.calls);
  }

  forget(): void {
    this.unheard.clear();
    this.open.clear();
  }

  private add(notificationId: string, copies: number): void {
    if (copies === 0) return;
    this.unheard.set(notificationId, (this.unheard.get(notificationId) ?? 0) + copies);
  }

  private openOf(instance: string): Set<string> {
    const known = this.open.get(instance) ?? new Set<string>();
    this.open.set(instance, known);
    return known;
  }
}
