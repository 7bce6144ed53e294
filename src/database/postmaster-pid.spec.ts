import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLineByPs, findPostmaster } from './postmaster-pid.js';

let cluster: string;

beforeEach(async () => {
  cluster = await mkdtemp(join(tmpdir(), 'garageconnect-pid-'));
});
afterEach(() => rm(cluster, { recursive: true, force: true }));

describe('findPostmaster', () => {
  it('finds nobody where nothing ever ran', async () => {
    expect(await findPostmaster(cluster)).toBeUndefined();
  });

  it.each([
    ['a process that ended', '4194000\n/elsewhere\n1\n5432\n\n'],
    ['another program that lives', `${process.pid}\n/elsewhere\n1\n5432\n\n`],
    ['nothing, cut off by a crash', ''],
  ])('removes a pid file that names %s', async (_, text) => {
    await writeFile(join(cluster, 'postmaster.pid'), text);
    expect(await findPostmaster(cluster)).toBeUndefined();
    expect(await readdir(cluster)).toEqual([]);
  });

  it('lets several processes remove the same stale file', async () => {
    await writeFile(join(cluster, 'postmaster.pid'), '4194000\n/elsewhere\n1\n5432\n\n');
    const found = await Promise.all(Array.from({ length: 8 }, () => findPostmaster(cluster)));
    expect(found.filter(Boolean)).toEqual([]);
    expect(await readdir(cluster)).toEqual([]);
  });
});

describe('commandLineByPs', () => {
  it('reads the command line of a living process, and nothing of an ended one', async () => {
    expect(await commandLineByPs(process.pid)).toContain('node');
    expect(await commandLineByPs(4_194_000)).toBe('');
  });
});
