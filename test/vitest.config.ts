import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['{src,bench}/**/*.spec.ts', 'test/**/*.spec.ts', 'test/**/*.e2e-spec.ts'],
    // A process each: the specs start servers, listen for signals and change the time zone.
    pool: 'forks',
    // They wait for sockets and time limits more than they compute: two at once would idle on two cores.
    maxWorkers: Math.max(4, availableParallelism()),
    reporters: [
      'default',
      fileURLToPath(new URL('support/closing-line.reporter.ts', import.meta.url)),
    ],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    // The first start of the application and of a database on a busy machine.
    hookTimeout: 60_000,
    testTimeout: 20_000,
    teardownTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    env: { NODE_ENV: 'test', STRIPE_SUPPRESS_NOTICES: 'true', TZ: 'UTC' },
  },
});
