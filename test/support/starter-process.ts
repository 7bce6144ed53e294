import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = join(ROOT, 'src/database');
/** Answers the URL on its first line, stops at SIGTERM, and is made to be killed. */
const PROGRAM = `
import { startEmbeddedPostgres } from './embedded-postgres.js';
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] });
console.log(server.url);
const stop = () => server.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
// Its input ends with the process of the test, however that ends.
process.stdin.on('end', stop).resume();
`;

/** Another process that has started the embedded PostgreSQL. */
export interface Starter {
  readonly url: string;
  /** Ends it, by its own stop() on SIGTERM, and waits until it is gone; SIGINT comes as from Ctrl-C. */
  end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<void>;
}

/** Makes plain JavaScript of `src/database` in `folder`, because Node 20 runs no TypeScript. */
export async function compileStarter(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of await readdir(SOURCES)) {
    if (
      !/^(embedded-|postgres-|postmaster-|server-|data-folder)/.test(name) ||
      name.includes('.spec.')
    )
      continue;
    const source = await readFile(join(SOURCES, name), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    await writeFile(join(folder, name.replace(/ts$/, 'js')), outputText);
  }
  const program = join(folder, 'starter.js');
  await writeFile(program, PROGRAM);
  return program;
}

export async function spawnStarter(program: string, dataDir: string): Promise<Starter> {
  const child = spawn(process.execPath, [program, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A process group, as a terminal gives one to every command.
    detached: true,
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const url = new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The starter ended with ${code}`)));
  });
  return {
    url: await url,
    end: async (signal) => {
      if (child.pid && child.exitCode === null && child.signalCode === null) {
        process.kill(signal === 'SIGINT' ? -child.pid : child.pid, signal);
      }
      await ended;
    },
  };
}
