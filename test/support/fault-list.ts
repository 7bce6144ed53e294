import ts from 'typescript';
import { type SourceFile, visitNodes } from './source-files.js';

/** Where the tests of the page live. */
export const FAULTS_FOLDER = 'test/faults';

const COUNTS = { W: 28, K: 17, P: 12, T: 13, C: 15, S: 35 } as const;

/** W1–W28, K1–K17, P1–P12, T1–T13, C1–C15, S1–S35. */
export const FAULT_IDS: readonly string[] = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

/** What may have no test: it waits for a feature to come. Who adds an id here argues for it on the page. */
export const MAY_HAVE_NO_TEST: readonly string[] = ['T6', 'T10', 'C7', 'S27', 'S33', 'S34'];

/** One line of the tables of `docs/faults.md`. */
export interface FaultRow {
  readonly id: string;
  readonly fault: string;
  readonly expectation: string;
  readonly shownBy: string;
}

export interface Disagreement {
  readonly id: string;
  readonly detail: string;
}

const ID = /^[WKPTCS]\d+$/;
const TITLED_ID = /^([WKPTCS]\d+) /;
const FILE_NAME = /[\w./-]+spec\.ts/g;
const REASON = /^not here: \S+(?: \S+){4,}\.$/;

/** Rows whose first cell is an id; a `|` inside a cell is written `\|`. */
export function faultRows(page: string): FaultRow[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([, id = '']) => ID.test(id))
    .map(([, id = '', fault = '', expectation = '', shownBy = '']) => ({
      id,
      fault,
      expectation,
      shownBy,
    }));
}

/** The files, below the folder of the faults, in which a test that runs has a title with this id. */
export function filesById(files: readonly SourceFile[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    visitNodes(file, (node) => {
      const id = TITLED_ID.exec(titleOf(node) ?? '')?.[1];
      if (id === undefined || isLeftOut(node)) return;
      found.set(id, (found.get(id) ?? new Set()).add(belowFolder(file.path)));
    });
  }
  return found;
}

/** Everything in which the page and the suite do not say the same. */
export function disagreements(
  rows: readonly FaultRow[],
  files: readonly SourceFile[],
): Disagreement[] {
  const shown = filesById(files);
  const listed = rows.map(({ id }) => id);
  return [
    ...FAULT_IDS.filter((id) => !listed.includes(id)).map((id) => ({ id, detail: 'has no row' })),
    ...listed
      .filter((id) => !FAULT_IDS.includes(id))
      .map((id) => ({ id, detail: 'is no id of ours' })),
    ...listed
      .filter((id, index) => listed.indexOf(id) !== index)
      .map((id) => ({ id, detail: 'has two rows' })),
    ...[...shown.keys()]
      .filter((id) => !listed.includes(id))
      .map((id) => ({ id, detail: 'has tests, but no row' })),
    ...rows.flatMap((row) => rowFaults(row, shown.get(row.id) ?? new Set())),
  ];
}

function rowFaults(row: FaultRow, files: ReadonlySet<string>): Disagreement[] {
  const { id, fault, expectation, shownBy } = row;
  const named = new Set((shownBy.match(FILE_NAME) ?? []).map(belowFolder));
  const details = [
    ...(fault === '' ? ['does not say what goes wrong'] : []),
    ...(expectation === '' ? ['does not say what must be seen'] : []),
    ...[...named]
      .filter((file) => !files.has(file))
      .map((file) => `names ${file}, in which no test has this id`),
    ...[...files]
      .filter((file) => !named.has(file))
      .map((file) => `does not name ${file}, in which a test has this id`),
    ...(named.size === 0 && files.size === 0 ? unshown(id, shownBy) : []),
  ];
  return details.map((detail) => ({ id, detail }));
}

function unshown(id: string, shownBy: string): string[] {
  if (shownBy === '') return ['is shown by nothing'];
  if (!REASON.test(shownBy)) return ['names no file and gives no reason (`not here: ….`)'];
  return MAY_HAVE_NO_TEST.includes(id) ? [] : ['may not go without a test'];
}

const belowFolder = (path: string): string => path.replace(new RegExp(`^${FAULTS_FOLDER}/`), '');

/** `it('…')`, `describe('…')`, `it.each(…)('…')`; of a template only what stands before its first value. */
function titleOf(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || wordsOf(node.expression) === null) return null;
  const [title] = node.arguments;
  if (title === undefined) return null;
  if (ts.isStringLiteralLike(title)) return title.text;
  return ts.isTemplateExpression(title) ? title.head.text : null;
}

/** `it.skip.each(…)` gives `it`, `skip`, `each`; null for a call of anything else. */
function wordsOf(callee: ts.Expression): string[] | null {
  if (ts.isIdentifier(callee)) {
    return ['describe', 'it', 'test'].includes(callee.text) ? [callee.text] : null;
  }
  if (ts.isCallExpression(callee)) return wordsOf(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return wordsOf(callee.tag);
  if (!ts.isPropertyAccessExpression(callee)) return null;
  const words = wordsOf(callee.expression);
  return words && [...words, callee.name.text];
}

/** Skipped or still to be written, itself or with everything around it. */
function isLeftOut(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (!ts.isCallExpression(at)) continue;
    const words = wordsOf(at.expression) ?? [];
    if (words.some((word) => ['skip', 'todo', 'fails'].includes(word))) return true;
  }
  return false;
}
