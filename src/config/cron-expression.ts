/** Bounds of the six fields, seconds first; an expression of five fields has no seconds. */
const BOUNDS: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 59, []],
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 7, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
];

/** Whether the scheduler takes this expression: five or six fields of numbers, names, ranges and steps. */
export function isCronExpression(expression: string): boolean {
  const fields = expression.split(/ +/);
  if (fields.length !== 5 && fields.length !== 6) return false;
  const bounds = BOUNDS.slice(BOUNDS.length - fields.length);
  return fields.every((field, position) => {
    const bound = bounds[position];
    return bound !== undefined && field.split(',').every((part) => isPart(part, ...bound));
  });
}

function isPart(part: string, low: number, high: number, names: readonly string[]): boolean {
  const [range = '', step, ...rest] = part.split('/');
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => valueOf(end, low, names));
  const [from = Number.NaN, to = from] = ends;
  return ends.length <= 2 && from >= low && to <= high && from <= to;
}

function valueOf(text: string, low: number, names: readonly string[]): number {
  const position = names.indexOf(text.toLowerCase());
  if (position >= 0) return position + low;
  return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
}
