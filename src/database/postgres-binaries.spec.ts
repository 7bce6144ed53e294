import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreLibraryLinks } from './postgres-binaries.js';

let native: string;

beforeAll(async () => {
  native = join(await mkdtemp(join(tmpdir(), 'garageconnect-links-')), 'native');
  await mkdir(join(native, 'lib'), { recursive: true });
  await writeFile(join(native, 'lib', 'libicuuc.so.60.2'), 'library');
  const link = { source: 'native/lib/libicuuc.so.60.2', target: 'native/lib/libicuuc.so.60' };
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify([link]));
});
afterAll(() => rm(join(native, '..'), { recursive: true, force: true }));

describe('restoreLibraryLinks', () => {
  it('makes the links an install script would have made, and leaves existing ones alone', async () => {
    restoreLibraryLinks(native);
    restoreLibraryLinks(native);
    expect(await readlink(join(native, 'lib', 'libicuuc.so.60'))).toBe('libicuuc.so.60.2');
    expect(await readFile(join(native, 'lib', 'libicuuc.so.60'), 'utf8')).toBe('library');
  });
});
