import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileSnapshot } from './file-snapshot.js';

describe('FileSnapshot', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'garageconnect-snapshot-'));
    path = join(folder, 'deep', 'state.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('loads what was saved last, in another process too', () => {
    const snapshot = new FileSnapshot(path);
    snapshot.save({ messages: ['é', 1] });
    expect(new FileSnapshot(path).load()).toEqual({ messages: ['é', 1] });
  });

  it('writes a file for its owner only, and nothing beside it', () => {
    new FileSnapshot(path).save({});
    expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['there is no file', null],
    ['it was cut', '{"format":1,"state":{"a'],
    ['another version wrote it', '{"format":0,"state":{"a":1}}'],
    ['it is something else', '[]'],
  ])('loads nothing when %s', (_why, text) => {
    const file = join(folder, 'state.json');
    if (text !== null) writeFileSync(file, text);
    expect(new FileSnapshot(file).load()).toBeNull();
  });

  it('rests after a long write, then writes the latest state once', async () => {
    const clock = vi.spyOn(performance, 'now');
    const snapshot = new FileSnapshot(path);
    // A write that takes 10 ms is followed by 90 ms of rest.
    for (const instant of [0, 0, 10]) clock.mockReturnValueOnce(instant);
    snapshot.save(1);
    clock.mockReturnValue(20);
    snapshot.save(2);
    snapshot.save(3);
    expect(new FileSnapshot(path).load()).toBe(1);
    await vi.waitFor(() => expect(new FileSnapshot(path).load()).toBe(3));
  });

  it('writes what waits when it is flushed', () => {
    const clock = vi.spyOn(performance, 'now');
    for (const instant of [0, 0, 60_000]) clock.mockReturnValueOnce(instant);
    clock.mockReturnValue(60_001);
    const snapshot = new FileSnapshot(path);
    snapshot.save('early');
    snapshot.save('late');
    expect(readFileSync(path, 'utf8')).toContain('early');
    snapshot.flush();
    expect(readFileSync(path, 'utf8')).toContain('late');
  });

  it('survives a folder that cannot be written', () => {
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be');
    expect(() => new FileSnapshot(path).save({})).not.toThrow();
  });
});
