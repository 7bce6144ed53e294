const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** Reads bits, highest first; past the end there are only zeros. */
class BitReader {
  private at = 0;

  constructor(private readonly bytes: readonly number[]) {}

  read(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n += 1, this.at += 1) {
      value = (value << 1) | (((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }
}

/**
 * The text of a symbol's data, segment by segment, with the lengths of versions 1 to 9 (ISO/IEC
 * 18004, 7.4). Null when it holds a mode that is neither digits, capitals nor bytes.
 */
export function textOfCodewords(codewords: readonly number[]): string | null {
  const bits = new BitReader(codewords);
  const bytes: number[] = [];
  for (;;) {
    const mode = bits.read(4);
    if (mode === 0b0000) return Buffer.from(bytes).toString('utf8');
    if (mode === 0b0001) bytes.push(...digits(bits));
    else if (mode === 0b0010) bytes.push(...capitals(bits));
    else if (mode === 0b0100) bytes.push(...plainBytes(bits));
    else return null;
  }
}

function digits(bits: BitReader): Buffer {
  let text = '';
  for (let left = bits.read(10); left > 0; left -= 3) {
    const count = Math.min(left, 3);
    text += String(bits.read([0, 4, 7, 10][count] ?? 0)).padStart(count, '0');
  }
  return Buffer.from(text);
}

function capitals(bits: BitReader): Buffer {
  let text = '';
  for (let left = bits.read(9); left > 0; left -= 2) {
    const value = bits.read(left === 1 ? 6 : 11);
    if (left > 1) text += ALPHANUMERIC[Math.floor(value / 45)] ?? '';
    text += ALPHANUMERIC[value % 45] ?? '';
  }
  return Buffer.from(text);
}

function plainBytes(bits: BitReader): number[] {
  return Array.from({ length: bits.read(8) }, () => bits.read(8));
}
