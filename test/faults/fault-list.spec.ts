import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  disagreements,
  FAULT_IDS,
  faultRows,
  FAULTS_FOLDER,
  filesById,
} from '../support/fault-list.js';
import { readSourceFiles, type SourceFile } from '../support/source-files.js';

const PAGE = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));

describe('the page of faults', () => {
  it('names the same ids and files as the suite', () => {
    const found = disagreements(
      faultRows(readFileSync(PAGE, 'utf8')),
      readSourceFiles(FAULTS_FOLDER),
    );
    const ids = [...new Set(found.map(({ id }) => id))];
    expect(
      found.map(({ id, detail }) => `${id} ${detail}`),
      `docs/faults.md and ${FAULTS_FOLDER}/ disagree about ${ids.length} ids: ${ids.join(' ')}`,
    ).toEqual([]);
  });

  it('has 120 rows', () => {
    expect(FAULT_IDS).toHaveLength(120);
    expect(new Set(FAULT_IDS).size).toBe(120);
  });
});

describe('the rule of the page', () => {
  const suite = (files: Readonly<Record<string, string>>): SourceFile[] =>
    Object.entries(files).map(([name, text]) => ({ path: `${FAULTS_FOLDER}/${name}`, text }));
  const row = (id: string, shownBy: string): string =>
    `| ${id} | it breaks | it holds | ${shownBy} |`;
  const whole = (changes: Readonly<Record<string, string>>): string =>
    FAULT_IDS.map((id) => changes[id] ?? row(id, '`all.e2e-spec.ts`')).join('\n');
  const all = (without: readonly string[] = []): string =>
    FAULT_IDS.filter((id) => !without.includes(id))
      .map((id) => `it('${id} holds', () => {});`)
      .join('\n');
  const said = (page: string, files: Readonly<Record<string, string>>): string[] =>
    disagreements(faultRows(page), suite(files)).map(({ id, detail }) => `${id} ${detail}`);

  it('is content when every row names its files', () => {
    const files = {
      'all.e2e-spec.ts': all(),
      'more.e2e-spec.ts': "describe('W2 holds', () => {});",
    };
    const two = row('W2', 'all.e2e-spec.ts, `test/faults/more.e2e-spec.ts`; the second by hand');
    expect(said(whole({ W2: two }), files)).toEqual([]);
  });

  it.each([
    ['an empty row', { K3: '| K3 | | | |' }, 'K3 does not say what goes wrong'],
    [
      'a row without an expectation',
      { K3: '| K3 | it breaks | | all.e2e-spec.ts |' },
      'K3 does not say what must be seen',
    ],
    [
      'a row that does not name its file',
      { K3: row('K3', '') },
      'K3 does not name all.e2e-spec.ts, in which a test has this id',
    ],
    [
      'a row that names a file too many',
      { K3: row('K3', 'all.e2e-spec.ts, other.e2e-spec.ts') },
      'K3 names other.e2e-spec.ts, in which no test has this id',
    ],
    ['a lost row', { S35: '' }, 'S35 has no row'],
    [
      'a row that nobody asked for',
      { S35: `${row('S35', 'all.e2e-spec.ts')}\n${row('S36', 'all.e2e-spec.ts')}` },
      'S36 is no id of ours',
    ],
    [
      'a row that is there twice',
      { S35: `${row('S35', 'all.e2e-spec.ts')}\n${row('S35', 'all.e2e-spec.ts')}` },
      'S35 has two rows',
    ],
  ])('catches %s', (_what, changes, fault) => {
    expect(said(whole(changes as never), { 'all.e2e-spec.ts': all() })).toContain(fault);
  });

  it('catches a test whose id has no row', () => {
    const files = { 'all.e2e-spec.ts': `${all()}\nit('W29 holds', () => {});` };
    expect(said(whole({}), files)).toEqual(['W29 has tests, but no row']);
  });

  it('lets a row wait with a reason, where that was agreed', () => {
    const files = (id: string) => ({ 'all.e2e-spec.ts': all([id]) });
    const reason = 'not here: quiet hours are a feature that is still to come.';
    expect(said(whole({ C7: row('C7', reason) }), files('C7'))).toEqual([]);
    expect(said(whole({ C7: row('C7', 'later') }), files('C7'))).toEqual([
      'C7 names no file and gives no reason (`not here: ….`)',
    ]);
    expect(said(whole({ C7: row('C7', 'not here: later.') }), files('C7'))).toHaveLength(1);
    expect(said(whole({ C7: row('C7', '') }), files('C7'))).toEqual(['C7 is shown by nothing']);
    expect(said(whole({ W1: row('W1', reason) }), files('W1'))).toEqual([
      'W1 may not go without a test',
    ]);
  });

  it('sees the titles of tests that run, however they are written', () => {
    const text = [
      "it('W1 a', () => {});",
      "describe('W2 a', () => { it('W3 b', () => {}); });",
      "it.each([1, 2])('W4 %s', () => {});",
      "describe.each([1])('W5 %s', () => {});",
      "describe.runIf(linux)('W6 a', () => {});",
      'it(`W7 ${what}`, () => {});',
      "test.concurrent('W8 a', () => {});",
      "it.each`a\n${1}`('W9 $a', () => {});",
      "it.skip('K1 a', () => {});",
      "it.todo('K2 a');",
      "describe.skip('a', () => { it('K3 a', () => {}); });",
      "it.skip.each([1])('K4 %s', () => {});",
      "it('K5', () => {});",
      "it('a K6 b', () => {});",
      "say('K7 a');",
      "it.each(['K8 a'])('%s', () => {});",
      "// it('K9 a', () => {});",
      "it.fails('K10 a', () => {});",
    ].join('\n');
    expect([...filesById(suite({ 'x.e2e-spec.ts': text })).keys()]).toEqual([
      'W1',
      'W2',
      'W3',
      'W4',
      'W5',
      'W6',
      'W7',
      'W8',
      'W9',
    ]);
  });

  it('reads a bar inside a cell', () => {
    expect(faultRows('| W1 | a \\| b | c | d |')).toMatchObject([
      { id: 'W1', fault: 'a \\| b', expectation: 'c', shownBy: 'd' },
    ]);
  });
});
