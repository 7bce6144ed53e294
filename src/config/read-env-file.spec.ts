import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvFile } from './read-env-file.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'env-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('readEnvFile', () => {
  it('puts the file under the real environment', () => {
    writeFileSync(join(directory, '.env'), '# comment\nPORT=1\nSHOP_NAME="Chez Aline" # name\n');
    expect(readEnvFile(directory, { PORT: '2', HOST: 'h' })).toEqual({
      PORT: '2',
      HOST: 'h',
      SHOP_NAME: 'Chez Aline',
    });
  });

  it('does without the file', () => {
    expect(readEnvFile(directory, { PORT: '2' })).toEqual({ PORT: '2' });
  });

  it('says so when the file cannot be read', () => {
    mkdirSync(join(directory, '.env'));
    expect(() => readEnvFile(directory, {})).toThrow('EISDIR');
  });
});
