import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledApplication, compileApplication } from './support/app-process.js';

const TRACE = /fail-?point|FAILPOINT/i;

let production: CompiledApplication;
let test: CompiledApplication;
beforeAll(async () => {
  // What `npm run build` compiles, and what the tests do.
  [production, test] = await Promise.all([
    compileApplication('tsconfig.build.json'),
    compileApplication(),
  ]);
}, 120_000);
afterAll(() => Promise.all([production.remove(), test.remove()]));

/** Files below `dist` that name a fail-point, in their path or their content. */
async function tracesIn({ folder }: CompiledApplication): Promise<string[]> {
  const entries = await readdir(join(folder, 'dist'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(files.length).toBeGreaterThan(100);
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(file, 'utf8')] as const),
  );
  return texts
    .filter(([file, text]) => TRACE.test(file) || TRACE.test(text))
    .map(([file]) => file.slice(folder.length + 1))
    .toSorted();
}

describe('the steps at which a process kills itself', () => {
  it('are in the build that the tests make', async () => {
    expect(await tracesIn(test)).toEqual([
      'dist/test/support/fail-points.js',
      'dist/test/support/fail-points.js.map',
    ]);
  });

  it('leave no trace in the build of production', async () => {
    expect(await tracesIn(production)).toEqual([]);
  });
});
