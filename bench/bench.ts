import type { BenchOptions } from './options.js';
import type { Row } from './report/row.js';
import type { Stage } from './stage.js';

/** What a scenario is given. */
export interface Bench {
  readonly stage: Stage;
  readonly options: BenchOptions;
  /** One line of progress, printed at once. */
  readonly say: (line: string) => void;
}

/** Measures one thing, cleans up behind itself, and answers its lines of the table. */
export interface Scenario {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<Row[]>;
}
