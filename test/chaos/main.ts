import { readOptions } from './options.js';
import { Chaos, type ChaosResult } from './run-chaos.js';

const MOST_FAULTS_SHOWN = 5;
const begin = Date.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const say = (line: string): void =>
  print(`[${String(Math.round((Date.now() - begin) / 1_000)).padStart(3)} s] ${line}`);

/** Prints all of it; answers how many checks failed. */
function conclude({ figures, checks }: ChaosResult): number {
  print('');
  for (const figure of figures) print(figure);
  print('');
  for (const { title, faults } of checks) {
    print(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
    for (const fault of faults.slice(0, MOST_FAULTS_SHOWN)) print(`     ${fault}`);
    if (faults.length > MOST_FAULTS_SHOWN)
      print(`     and ${faults.length - MOST_FAULTS_SHOWN} more`);
  }
  const failed = checks.filter(({ faults }) => faults.length > 0).length;
  print(`\n${checks.length - failed} passed, ${failed} failed`);
  return failed;
}

const options = readOptions(process.argv.slice(2));
const chaos = new Chaos(options, say);
const giveUp = (): void => void chaos.end().finally(() => process.exit(130));
process.once('SIGINT', giveUp).once('SIGTERM', giveUp);

print(`Chaos for ${options.seconds} s, seed ${options.seed}, ${options.rate} orders a second`);
try {
  process.exitCode = conclude(await chaos.run()) === 0 ? 0 : 1;
} catch (error) {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  print('\n0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await chaos.end();
}
process.exit();
