/** Whoever awaits this never goes on. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/**
 * One process's life, as seen at its edges: every statement and every call to a provider passes here,
 * before it starts and when its answer is in. There a life can end, for good and at once, or pause.
 */
export class Life {
  /** Resolves when nobody may wait for this process any more: it is dead or paused. */
  interrupted!: Promise<void>;
  private interrupt!: () => void;
  private edgesToDeath: number | null = null;
  private pausesAtAnswer = false;
  private gate: Promise<void> | null = null;
  private open: () => void = () => undefined;
  private isDead = false;

  constructor(private readonly onInterrupt: (how: 'killed' | 'paused', edge: string) => void) {
    this.renew();
  }

  get available(): boolean {
    return !this.isDead && this.gate === null;
  }

  get dead(): boolean {
    return this.isDead;
  }

  /** It will die at this many edges from now. */
  dieAfter(edges: number): void {
    this.edgesToDeath = edges;
  }

  /** It will be held right after the next answer of a provider, before it can write it down. */
  pauseAtNextAnswer(): void {
    this.pausesAtAnswer = true;
  }

  die(edge = 'idle'): void {
    if (this.isDead) return;
    this.isDead = true;
    this.onInterrupt('killed', edge);
    this.interrupt();
  }

  /** Goes on where it was held; what was armed and did not strike is forgotten. */
  wake(): void {
    this.pausesAtAnswer = false;
    if (!this.gate) return;
    this.gate = null;
    this.renew();
    this.open();
  }

  disarm(): void {
    this.edgesToDeath = null;
    this.pausesAtAnswer = false;
  }

  async around<T>(edge: string, isProvider: boolean, run: () => Promise<T>): Promise<T> {
    await this.pass(`before ${edge}`);
    // It may have died at another edge since this one let pass.
    if (this.isDead) return never();
    let outcome: { readonly value: T } | { readonly error: unknown };
    try {
      outcome = { value: await run() };
    } catch (error) {
      outcome = { error };
    }
    if (isProvider && this.pausesAtAnswer && !this.isDead) this.pause(`after ${edge}`);
    await this.pass(`after ${edge}`);
    if ('value' in outcome) return outcome.value;
    throw outcome.error;
  }

  private async pass(edge: string): Promise<void> {
    if (this.gate) await this.gate;
    if (this.edgesToDeath !== null && (this.edgesToDeath -= 1) <= 0) this.die(edge);
    if (this.isDead) await never();
  }

  private pause(edge: string): void {
    this.pausesAtAnswer = false;
    this.gate ??= new Promise((resolve) => (this.open = resolve));
    this.onInterrupt('paused', edge);
    this.interrupt();
  }

  private renew(): void {
    this.interrupted = new Promise((resolve) => (this.interrupt = resolve));
  }
}
