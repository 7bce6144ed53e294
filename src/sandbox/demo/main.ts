import { ApplicationProcess } from './application-process.js';
import { DemoFailure } from './demo-failure.js';
import { runDemo } from './run-demo.js';

/** As shells report a program that was ended by Ctrl-C. */
const INTERRUPTED = 130;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

let application: ApplicationProcess | null = null;
let stopping: Promise<void> | null = null;
const stop = (): Promise<void> => (stopping ??= application?.stop() ?? Promise.resolve());

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stop().finally(() => process.exit(INTERRUPTED)));
}
// A reader that goes away, such as `head`, ends the demo too.
process.stdout.on('error', () => void stop().finally(() => process.exit(1)));

const begun = Date.now();
try {
  print('GarageConnect demo: three orders on simulated providers, from the order to its end');
  application = await ApplicationProcess.spawn(process.argv.includes('--verbose'));
  await application.ready();
  print(`  ✓ Application started in ${seconds(begun)} s, with a PostgreSQL of its own`);
  await runDemo(application.url, print);
  print(`\nAll three orders ended as they must, in ${seconds(begun)} s.`);
} catch (error) {
  // An interrupted demo fails because it was interrupted.
  if (stopping === null) {
    const reason = error instanceof DemoFailure ? error.message : String(error);
    process.stderr.write(`\n  ✗ The demo failed: ${reason}\n`);
    process.exitCode = 1;
  }
} finally {
  await stop();
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(1);
}
