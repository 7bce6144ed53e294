import { loadAppConfig } from '../../src/config/load-app-config.js';
import { Providers } from './providers.js';
import { takeShortcuts } from './shortcuts.js';
import { SimulationDatabase } from './simulation-database.js';
import { VirtualClock } from './virtual-clock.js';
import { World } from './world.js';

/** Public base URL in links; the doubles know which instance it is. */
const APP_URL = 'http://shop.test';

/** Everything that seeds run on, started once. */
export interface Simulation {
  readonly world: World;
  stop(): Promise<void>;
}

export async function startSimulation(serverUrl: string): Promise<Simulation> {
  const database = await SimulationDatabase.create(serverUrl);
  const clock = new VirtualClock(database.client);
  clock.install();
  const leaveShortcuts = takeShortcuts();
  const base = loadAppConfig({
    NODE_ENV: 'test',
    PROCESS_ROLE: 'web',
    APP_URL,
    PORT: '0',
    REMINDER_STEPS: '1h,6h',
    DB_POOL_SIZE: '5',
  });
  const providers = await Providers.start({
    ...base,
    database: { ...base.database, url: database.url },
  });
  const world = await World.create(database, providers, clock);
  const onUnhandled = (reason: unknown): void => {
    world.unhandled.push(
      reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    );
  };
  process.on('unhandledRejection', onUnhandled);
  return {
    world,
    stop: async () => {
      await world.stop();
      process.off('unhandledRejection', onUnhandled);
      leaveShortcuts();
      clock.uninstall();
      await database.remove();
    },
  };
}
