import { createRequire } from 'node:module';
import { PNG } from 'pngjs';

interface Decoded {
  readonly data: string;
}

// Its typings describe an ES module, its code is CommonJS: loaded as what it is.
const decode = createRequire(import.meta.url)('jsqr') as (
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
) => Decoded | null;

/** What a phone reads in the image; throws when it can read nothing. */
export function readQrCode(png: Buffer): string {
  const { data, width, height } = PNG.sync.read(png);
  const code = decode(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error('no QR code can be read in the image');
  return code.data;
}
