/** How messages fail after Twilio has answered 201; told by a status callback. */
export interface DeliveryFate {
  /** Exact address or pattern; every message when not given. */
  readonly to?: string | RegExp;
  /** How many messages; one unless told. */
  readonly times?: number;
  readonly status: 'failed' | 'undelivered';
  /** 63016, 30003 … */
  readonly errorCode: number;
}

/** Fates still to come, in the order they were scripted. */
export class DeliveryFates {
  private rules: { fate: DeliveryFate; left: number }[] = [];

  add(fate: DeliveryFate): this {
    this.rules.push({ fate, left: fate.times ?? 1 });
    return this;
  }

  clear(): void {
    this.rules = [];
  }

  take(to: string): DeliveryFate | null {
    const rule = this.rules.find(({ fate }) =>
      fate.to instanceof RegExp ? fate.to.test(to) : fate.to === undefined || fate.to === to,
    );
    if (!rule) return null;
    rule.left -= 1;
    if (rule.left <= 0) this.rules = this.rules.filter((other) => other !== rule);
    return rule.fate;
  }
}
