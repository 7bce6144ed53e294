import { pngPixels, type Pixels } from './png-pixels.js';
import { dataCodewords, type QrSymbol } from './qr-symbol.js';
import { textOfCodewords } from './qr-text.js';

/** Modules a finder pattern is wide: it stands in the top left corner and tells the scale. */
const FINDER = 7;

/**
 * What the QR code of a picture says, null when none can be read. A scanner for screens, not for
 * photographs: the code must be drawn upright and undamaged, at error correction level M.
 */
export function readQrPicture(png: Buffer): string | null {
  try {
    const pixels = pngPixels(png);
    const symbol = pixels && symbolOf(pixels);
    const codewords = symbol && dataCodewords(symbol);
    return codewords && textOfCodewords(codewords);
  } catch {
    // Whatever a damaged picture holds, it is no code.
    return null;
  }
}

function symbolOf(pixels: Pixels): QrSymbol | null {
  const corner = firstDark(pixels);
  if (!corner) return null;
  const { x: left, y: top } = corner;
  let run = 0;
  while (pixels.isDark(left + run, top)) run += 1;
  let right = pixels.width - 1;
  while (!pixels.isDark(right, top)) right -= 1;
  const side = right - left + 1;
  const size = Math.round(side / (run / FINDER));
  const scale = side / size;
  return {
    size,
    isDark: (row, column) =>
      pixels.isDark(
        Math.floor(left + (column + 0.5) * scale),
        Math.floor(top + (row + 0.5) * scale),
      ),
  };
}

function firstDark({ width, height, isDark }: Pixels): { x: number; y: number } | null {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (isDark(x, y)) return { x, y };
  }
  return null;
}
