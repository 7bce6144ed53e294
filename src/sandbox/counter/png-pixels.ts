import { inflateSync } from 'node:zlib';

/** A grey-scale reading of a picture: `isDark(x, y)` from the top left. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly isDark: (x: number, y: number) => boolean;
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Samples a pixel by colour type: grey, RGB, grey and alpha, RGBA. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
const MAX_SIDE = 4_096;

/** Null for anything but a plain PNG of 8 bits a sample, which is what QR codes are drawn as. */
export function pngPixels(png: Buffer): Pixels | null {
  if (!png.subarray(0, 8).equals(SIGNATURE)) return null;
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header?.length !== 13) return null;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const samples = SAMPLES[header[9] ?? -1];
  const isPlain = header[8] === 8 && header[12] === 0;
  if (!samples || !isPlain || Math.max(width, height) > MAX_SIDE) return null;
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const limit = (width * samples + 1) * height;
  const rows = inflateSync(Buffer.concat(packed), { maxOutputLength: limit });
  if (rows.length < limit) return null;
  const raw = unfilter(rows, width * samples, height, samples);
  return {
    width,
    height,
    isDark: (x, y) => (raw[(y * width + x) * samples] ?? 255) < 128,
  };
}

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

/** Each row is stored as its difference to the pixels left and above (w3.org/TR/png-3/#9Filters). */
function unfilter(rows: Buffer, stride: number, height: number, samples: number): Buffer {
  const raw = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const left = x < samples ? 0 : (raw[y * stride + x - samples] ?? 0);
      const up = y === 0 ? 0 : (raw[(y - 1) * stride + x] ?? 0);
      const corner = y === 0 || x < samples ? 0 : (raw[(y - 1) * stride + x - samples] ?? 0);
      const predicted = PREDICTIONS[filter]?.(left, up, corner) ?? 0;
      raw[y * stride + x] = ((rows[y * (stride + 1) + 1 + x] ?? 0) + predicted) & 0xff;
    }
  }
  return raw;
}

/** By the filter's number: what a byte was stored as the difference to. */
const PREDICTIONS: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const byLeft = Math.abs(estimate - left);
  const byUp = Math.abs(estimate - up);
  const byCorner = Math.abs(estimate - corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
