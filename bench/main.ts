import 'reflect-metadata';
import type { Scenario } from './bench.js';
import { readOptions, USAGE } from './options.js';
import { machine } from './report/machine.js';
import { publish } from './report/publish.js';
import { isFarOff, isMet, type Row } from './report/row.js';
import { plainDetails, plainTable } from './report/table.js';
import { drainMessages } from './scenarios/drain.js';
import { footprint } from './scenarios/footprint.js';
import { enqueueToSend } from './scenarios/latency.js';
import { placeOrders } from './scenarios/place-orders.js';
import { settlePayments } from './scenarios/settle-payments.js';
import { sweepDueOrders } from './scenarios/sweep.js';
import { webProcesses } from './scenarios/web-processes.js';
import { Stage } from './stage.js';

const SCENARIOS: readonly Scenario[] = [
  placeOrders,
  settlePayments,
  sweepDueOrders,
  drainMessages,
  enqueueToSend,
  footprint,
  webProcesses,
];
/** What a first look needs; the rest takes longer than its minute. */
const NOT_QUICK = new Set(['processes']);

const begin = performance.now();
const seconds = (): number => (performance.now() - begin) / 1_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const say = (line: string): void =>
  print(`[${String(Math.round(seconds())).padStart(4)} s] ${line}`);

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  print(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
const { mode, only } = options;
const chosen = SCENARIOS.filter(({ name }) =>
  only.length > 0 ? only.includes(name) : mode !== 'quick' || !NOT_QUICK.has(name),
);
if (chosen.length === 0) {
  print(`There are these scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const stage = await Stage.open();
const giveUp = (): void => void stage.close().finally(() => process.exit(130));
process.once('SIGINT', giveUp).once('SIGTERM', giveUp);
const rows: Row[] = [];
try {
  for (const { name, run } of chosen) {
    say(name);
    const since = seconds();
    rows.push(...(await run({ stage, options, say })));
    say(`${name} took ${Math.round(seconds() - since)} s`);
  }
} catch (error) {
  print(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = 1;
} finally {
  await stage.close();
}
if (process.exitCode) process.exit();

print(`\n${plainTable(rows)}\n\n${plainDetails(rows)}\n`);
if (mode !== 'quick' && only.length === 0) {
  await publish({
    takenAt: new Date().toISOString(),
    seconds: seconds(),
    options,
    machine: machine(stage.postgresVersion),
    rows,
  });
  print('Written: bench/results.json, docs/performance.md, docs/images/bench-*.svg');
}
// A quick look is too short to judge by: only what is far off is a failure then.
const failed = rows.filter((row) => (mode === 'quick' ? isFarOff(row) : !isMet(row)));
print(
  `${rows.length - failed.length} met, ${failed.length} not met, in ${Math.round(seconds())} s`,
);
process.exit(failed.length === 0 ? 0 : 1);
