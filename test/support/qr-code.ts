import { readQrPicture } from '../../src/sandbox/qr-picture.js';

/** What a phone reads in the image; throws when it can read nothing. */
export function readQrCode(png: Buffer): string {
  const text = readQrPicture(png);
  if (text === null) throw new Error('no QR code can be read in the image');
  return text;
}
