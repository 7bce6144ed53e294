/** The squares of a QR code, quiet zone left out. */
export interface QrSymbol {
  /** Modules a side. */
  readonly size: number;
  readonly isDark: (row: number, column: number) => boolean;
}

/** Data codewords of each block at level M, for versions 1 to 9 (ISO/IEC 18004, table 9). */
const BLOCKS_AT_M: readonly (readonly number[])[] = [
  [16],
  [28],
  [44],
  [32, 32],
  [43, 43],
  [27, 27, 27, 27],
  [31, 31, 31, 31],
  [38, 38, 39, 39],
  [36, 36, 36, 37, 37],
];

/** Centres of the alignment patterns, for versions 1 to 9 (ISO/IEC 18004, annex E). */
const ALIGNMENT: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
];

const FORMAT_MASK = 0x5412;
const LEVEL_M = 0b00;

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** The data of a symbol, its blocks put in order; null for another version or level. */
export function dataCodewords(symbol: QrSymbol): number[] | null {
  const version = (symbol.size - 17) / 4;
  const blocks = BLOCKS_AT_M[version - 1];
  if (!blocks) return null;
  const format = formatOf(symbol) ^ FORMAT_MASK;
  const mask = MASKS[(format >> 10) & 0b111];
  if (format >> 13 !== LEVEL_M || !mask) return null;
  const bits = [...dataModules(symbol.size, version)].map(([row, column]) =>
    symbol.isDark(row, column) === mask(row, column) ? 0 : 1,
  );
  return deinterleave(toBytes(bits), blocks);
}

function toBytes(bits: readonly number[]): number[] {
  const bytes: number[] = [];
  for (let at = 0; at + 8 <= bits.length; at += 8) {
    bytes.push(bits.slice(at, at + 8).reduce((byte, bit) => (byte << 1) | bit, 0));
  }
  return bytes;
}

/** Blocks are stored a codeword of each in turn; the longer ones come last. */
function deinterleave(stored: readonly number[], lengths: readonly number[]): number[] {
  const blocks: number[][] = lengths.map(() => []);
  let at = 0;
  for (let position = 0; position < Math.max(...lengths); position += 1) {
    for (const [index, length] of lengths.entries()) {
      if (position < length) blocks[index]!.push(stored[at++] ?? 0);
    }
  }
  return blocks.flat();
}

/** Fifteen bits around the top left finder, highest first. */
function formatOf({ isDark }: QrSymbol): number {
  const along = [0, 1, 2, 3, 4, 5, 7, 8].map((column) => isDark(8, column));
  const up = [7, 5, 4, 3, 2, 1, 0].map((row) => isDark(row, 8));
  return [...along, ...up].reduce((bits, dark) => (bits << 1) | (dark ? 1 : 0), 0);
}

/** Two columns at a time from the right, upwards and downwards in turn, without what is not data. */
function* dataModules(size: number, version: number): Generator<readonly [number, number]> {
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (!isPattern(row, column, size, version)) yield [row, column];
      }
    }
    upwards = !upwards;
  }
}

function isPattern(row: number, column: number, size: number, version: number): boolean {
  const far = size - 8;
  if (row === 6 || column === 6) return true;
  if ((row < 9 && (column < 9 || column >= far)) || (row >= far && column < 9)) return true;
  const isVersionInfo = (a: number, b: number): boolean => a < 6 && b >= size - 11 && b < far;
  if (version >= 7 && (isVersionInfo(row, column) || isVersionInfo(column, row))) return true;
  return isAlignment(row, column, size, ALIGNMENT[version - 1] ?? []);
}

function isAlignment(
  row: number,
  column: number,
  size: number,
  centres: readonly number[],
): boolean {
  const last = size - 7;
  return centres.some((r) =>
    centres.some((c) => {
      const isFinder = (r === 6 && (c === 6 || c === last)) || (r === last && c === 6);
      return !isFinder && Math.abs(row - r) <= 2 && Math.abs(column - c) <= 2;
    }),
  );
}
