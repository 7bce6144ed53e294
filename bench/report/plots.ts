import { written } from './figures.js';
import type { Row } from './row.js';

const WIDTH = 882;
const LABELS = 352;
const RIGHT = 90;
const LINE = 30;
const HEAD = 56;
const SCALE = WIDTH - LABELS - RIGHT;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * How near each scenario comes to its limit: a bar for the median, a whisker from the lowest pair to
 * the highest, a line where the target is. Readable on a light page and on a dark one.
 */
export function ratioPlot(title: string, rows: readonly Row[]): string {
  const highest = Math.max(1, ...rows.map(({ figure }) => figure.max)) * 1.05;
  const x = (value: number): number => LABELS + (value / highest) * SCALE;
  const height = HEAD + rows.length * LINE + 16;
  const lines = rows.map((row, place) => bar(row, HEAD + place * LINE, x));
  const one = x(1).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="16" y="24" font-size="16" font-weight="600" fill="#1a202c">${escape(title)}</text>
<text x="16" y="44" fill="#4a5568">bar: median of the pairs; whisker: lowest and highest; red: target; grey: the limit itself</text>
<line x1="${one}" x2="${one}" y1="${HEAD - 4}" y2="${height - 12}" stroke="#a0aec0" stroke-width="1.5"/>
${lines.join('\n')}
</svg>
`;
}

function bar({ what, figure, target }: Row, top: number, x: (value: number) => number): string {
  const middle = top + LINE / 2;
  const [min, median, max] = [x(figure.min), x(figure.median), x(figure.max)].map((at) =>
    at.toFixed(1),
  );
  const goal =
    target === null ? null : x('least' in target ? target.least : target.most).toFixed(1);
  return [
    `<text x="${LABELS - 10}" y="${middle + 4}" text-anchor="end" fill="#1a202c">${escape(what)}</text>`,
    `<rect x="${LABELS}" y="${top + 6}" width="${(Number(median) - LABELS).toFixed(1)}" height="${LINE - 12}" fill="#3182ce"/>`,
    `<line x1="${min}" x2="${max}" y1="${middle}" y2="${middle}" stroke="#1a365d" stroke-width="2"/>`,
    ...(goal === null
      ? []
      : [
          `<line x1="${goal}" x2="${goal}" y1="${top + 3}" y2="${top + LINE - 3}" stroke="#e53e3e" stroke-width="2"/>`,
        ]),
    `<text x="${(Number(max) + 8).toFixed(1)}" y="${middle + 4}" fill="#1a202c">${written(figure.median)}</text>`,
  ].join('\n');
}

interface CpuPart {
  readonly label: string;
  readonly colour: string;
}

const PARTS: readonly CpuPart[] = [
  { label: 'program', colour: '#3182ce' },
  { label: 'PostgreSQL', colour: '#dd6b20' },
];

/** Where the processor's time goes, application above limit, for every scenario that tells. */
export function cpuPlot(title: string, rows: readonly Row[]): string {
  const bars = rows.flatMap((row) => cpuBars(row));
  const highest = Math.max(1, ...bars.map(({ parts }) => parts[0] + parts[1])) * 1.02;
  const height = HEAD + bars.length * 22 + 16;
  const drawn = bars.map(({ what, parts }, place) => {
    const top = HEAD + place * 22;
    let left = LABELS;
    const boxes = parts.map((value, part) => {
      const width = (value / highest) * SCALE;
      const box = `<rect x="${left.toFixed(1)}" y="${top + 4}" width="${width.toFixed(1)}" height="14" fill="${PARTS[part]!.colour}"/>`;
      left += width;
      return box;
    });
    const sum = written(parts[0] + parts[1]);
    return `<text x="${LABELS - 10}" y="${top + 15}" text-anchor="end" fill="#1a202c">${escape(what)}</text>
${boxes.join('\n')}
<text x="${(left + 8).toFixed(1)}" y="${top + 15}" fill="#1a202c">${sum}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escape(title)}">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="16" y="24" font-size="16" font-weight="600" fill="#1a202c">${escape(title)}</text>
${PARTS.map(({ label, colour }, place) => `<rect x="${16 + place * 110}" y="34" width="12" height="12" fill="${colour}"/><text x="${34 + place * 110}" y="44" fill="#4a5568">${label}</text>`).join('\n')}
${drawn.join('\n')}
</svg>
`;
}

function cpuBars({ what, details }: Row): { what: string; parts: [number, number] }[] {
  return (['application', 'limit'] as const).flatMap((who) => {
    const program = details[`${who} CPU µs`];
    const database = details[`PostgreSQL CPU µs, ${who}`];
    if (typeof program !== 'number' || typeof database !== 'number') return [];
    return [{ what: who === 'application' ? what : 'limit', parts: [program, database] }];
  });
}
