import { createRequire } from 'node:module';
import { PNG } from 'pngjs';

// Its typings describe an ES module, its code is CommonJS: loaded as what it is.
const decode = createRequire(import.meta.url)('jsqr') as (
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
) => { readonly data: string } | null;

/** What the QR code in a picture says; null when none can be read, or it is no PNG. */
export function readQrPicture(png: Buffer): string | null {
  try {
    const { data, width, height } = PNG.sync.read(png);
    return decode(new Uint8ClampedArray(data), width, height)?.data ?? null;
  } catch {
    // Whatever a damaged picture holds, it is no code.
    return null;
  }
}
