import { written } from './figures.js';
import { isMet, type Row, type Target } from './row.js';

const HEADS = ['scenario', 'application', 'limit', 'figure', 'min – max', 'target', ''] as const;

/** The lines of the table, as text cells. */
export const cellsOf = (row: Row): string[] => [
  row.what,
  withUnit(row.application, row.unit),
  withUnit(row.limit, row.unit),
  `${written(row.figure.median)} (${row.judged})`,
  row.figure.min === row.figure.max
    ? '–'
    : `${written(row.figure.min)} – ${written(row.figure.max)}`,
  targetText(row.target),
  row.target === null ? '' : isMet(row) ? 'met' : 'NOT MET',
];

const withUnit = (value: number | null, unit: string): string =>
  value === null ? '–' : `${written(value)} ${unit}`;

const targetText = (target: Target | null): string => {
  if (target === null) return 'reported';
  return 'least' in target ? `≥ ${target.least}` : `≤ ${target.most}`;
};

/** For a terminal: columns as wide as they must be. */
export function plainTable(rows: readonly Row[]): string {
  const lines = [[...HEADS], ...rows.map(cellsOf)];
  const widths = HEADS.map((_head, column) =>
    Math.max(...lines.map((cells) => cells[column]!.length)),
  );
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same for a page, with the details of each line below it. */
export function markdownTable(rows: readonly Row[]): string {
  const lines = [[...HEADS], HEADS.map(() => '---'), ...rows.map(cellsOf)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What is behind each line, where there is more: latencies, processor time, memory. */
export const plainDetails = (rows: readonly Row[]): string =>
  detailed(rows)
    .map(([what, details]) => `${what}: ${details}`)
    .join('\n');

export const markdownDetails = (rows: readonly Row[]): string =>
  detailed(rows)
    .map(([what, details]) => `- **${what}**: ${details}`)
    .join('\n');

const detailed = (rows: readonly Row[]): [what: string, details: string][] =>
  rows.flatMap(({ what, details }) => {
    const parts = Object.entries(details).map(
      ([label, value]) => `${label} ${typeof value === 'number' ? written(value) : value}`,
    );
    return parts.length === 0 ? [] : [[what, parts.join(' · ')]];
  });
