import ts from 'typescript';
import { isSpec, type SourceFile, type Violation, visitNodes } from './source-files.js';

export const MAX_LINES = 300;
export const MAX_MEDIAN_LINES = 60;
export const MAX_DEPENDENCIES = 6;

export const linesOf = ({ text }: SourceFile): number => text.trimEnd().split('\n').length;

/** The middle length of the files that are not specs. */
export function medianLines(files: readonly SourceFile[]): number {
  const lengths = files
    .filter(({ path }) => !isSpec(path))
    .map(linesOf)
    .toSorted((left, right) => left - right);
  return lengths[Math.floor(lengths.length / 2)] ?? 0;
}

/** Names, sizes and constructs that the house does not have. */
export const shapeViolations = (files: readonly SourceFile[]): Violation[] =>
  files.flatMap((file) => [...nameFaults(file), ...sizeFaults(file), ...constructFaults(file)]);

function nameFaults({ path }: SourceFile): Violation[] {
  const fault = (rule: string): Violation => ({ rule, file: path, detail: path });
  const isBarrel = /(?:^|\/)index\.ts$/.test(path) && path !== 'migrations/index.ts';
  return [
    ...(isBarrel ? [fault('no barrels')] : []),
    ...(/\.types?\.ts$/.test(path) ? [fault('no *.types.ts')] : []),
    ...(/\/(?:utils?|helpers?|shared|misc)\//.test(path)
      ? [fault('no folder without a subject')]
      : []),
    ...(/^[a-z0-9.\-/]+$/.test(path) ? [] : [fault('file names are kebab-case')]),
  ];
}

function sizeFaults(file: SourceFile): Violation[] {
  const lines = linesOf(file);
  if (lines <= MAX_LINES) return [];
  return [{ rule: `at most ${MAX_LINES} lines`, file: file.path, detail: `${lines} lines` }];
}

function constructFaults(file: SourceFile): Violation[] {
  const faults: Violation[] = [];
  visitNodes(file, (node) => {
    if (ts.isConstructorDeclaration(node) && node.parameters.length > MAX_DEPENDENCIES) {
      const detail = `${node.parameters.length} parameters`;
      faults.push({ rule: `at most ${MAX_DEPENDENCIES} dependencies`, file: file.path, detail });
    }
    if (ts.isIdentifier(node) && node.text === 'forwardRef') {
      faults.push({ rule: 'no forwardRef', file: file.path, detail: node.parent.getText() });
    }
    if (ts.isEnumDeclaration(node)) {
      faults.push({ rule: 'no enum', file: file.path, detail: node.name.text });
    }
  });
  return faults;
}
