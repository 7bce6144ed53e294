/** One thing that must be so, and what is not. */
export interface Check {
  readonly title: string;
  readonly faults: readonly string[];
}

export const check = (title: string, faults: readonly string[]): Check => ({ title, faults });
