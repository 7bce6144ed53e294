import type { Violation } from './invariants/facts.js';

/** What happened, in names that are the same in every run: ids are random, the order of things is not. */
export class Trace {
  readonly lines: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  say(line: string): void {
    this.lines.push(this.readable(line));
  }

  name(id: string, name: string): void {
    this.names.set(id, name);
  }

  /** `session#1`, `session#2` … in the order in which they are first seen. */
  count(kind: string, id: string): void {
    if (this.names.has(id)) return;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    this.names.set(id, `${kind}#${count}`);
  }

  readable(text: string): string {
    let told = text;
    for (const [id, name] of this.names) told = told.replaceAll(id, name);
    return told;
  }

  tell(violations: readonly Violation[]): string[] {
    return violations.map(({ invariant, what }) => `${invariant}: ${this.readable(what)}`);
  }
}
