import { randomUUID } from 'node:crypto';
import type { AppConfig } from '../../config/app-config.js';
import { ConfigError } from '../../config/config-error.js';
import { ApplicationAddress } from './application-address.js';
import { startControlServer } from './control-server.js';
import { onFreePort } from './free-port.js';
import { ProviderControl } from './provider-control.js';
import { portOf, type ProviderMarker, readMarker, writeMarker } from './provider-marker.js';
import { RunningDoubles } from './running-doubles.js';
import { inStartTurn } from './start-turn.js';

export interface ObtainedProviders {
  readonly control: ProviderControl;
  readonly urls: ProviderMarker['urls'];
  /** Stops what this process started; doubles of another process go on. */
  readonly stop: () => Promise<void>;
}

/**
 * The doubles of this data folder: those of a process that already runs there, else started here.
 * Throws ConfigError when the running ones stand in for other providers than the configuration asks for.
 */
export async function obtainProviders(config: AppConfig): Promise<ObtainedProviders> {
  const { dataDir } = config.database;
  return inStartTurn(dataDir, async () => {
    const earlier = readMarker(dataDir);
    const running = earlier && new ProviderControl(earlier);
    if (earlier && running && (await running.isAlive())) {
      refuseOtherProviders(config, running);
      return { control: running, urls: earlier.urls, stop: async () => undefined };
    }
    return startProviders(config, earlier);
  });
}

async function startProviders(
  config: AppConfig,
  earlier: ProviderMarker | null,
): Promise<ObtainedProviders> {
  const address = new ApplicationAddress(config.http);
  const doubles = await RunningDoubles.start(config, address, earlier?.urls ?? null);
  try {
    const instance = randomUUID();
    const { server, url: controlUrl } = await onFreePort([portOf(earlier?.controlUrl)], (port) =>
      startControlServer({ port, instance, doubles, address }),
    );
    const marker = { instance, controlUrl, urls: doubles.urls };
    writeMarker(config.database.dataDir, marker);
    const stop = async (): Promise<void> => {
      await server.close();
      await doubles.stop();
    };
    return { control: new ProviderControl(marker), urls: marker.urls, stop };
  } catch (error) {
    await doubles.stop();
    throw error;
  }
}

function refuseOtherProviders({ sandbox, database }: AppConfig, running: ProviderControl): void {
  const other = (['stripe', 'twilio', 'mail'] as const).filter(
    (name) => sandbox[name] && !running.runs[name],
  );
  if (other.length === 0) return;
  throw new ConfigError([
    `The sandbox that runs on ${database.dataDir} has no ${other.join(', ')}: give every process the same provider keys`,
  ]);
}
