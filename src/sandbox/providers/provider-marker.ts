import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './file-snapshot.js';

/** Base URLs of the doubles that run; null for a provider that is not replaced. */
export interface ProviderUrls {
  readonly stripe: string | null;
  readonly twilio: string | null;
  readonly mail: string | null;
}

/** How other processes of the same data folder find the doubles of the first one. */
export interface ProviderMarker {
  /** Random, new with every start: tells the doubles of this folder from others on the same port. */
  readonly instance: string;
  readonly controlUrl: string;
  readonly urls: ProviderUrls;
}

const pathOf = (dataDir: string): string => join(dataDir, 'sandbox-providers.json');

/** What the last start wrote, whether or not it still runs; null when there was none. */
export function readMarker(dataDir: string): ProviderMarker | null {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8')) as ProviderMarker;
  } catch {
    return null;
  }
}

export function writeMarker(dataDir: string, marker: ProviderMarker): void {
  replaceFile(pathOf(dataDir), JSON.stringify(marker, null, 2));
}

/** Null for no URL. */
export const portOf = (url: string | null | undefined): number | null =>
  url ? Number(new URL(url).port) : null;
