import { randomBytes } from 'node:crypto';
import { PNG } from 'pngjs';
import QRCode from 'qrcode';
import { describe, expect, it } from 'vitest';
import { readQrPicture } from './qr-picture.js';

const draw = (text: string, options: QRCode.QRCodeToBufferOptions = {}): Promise<Buffer> =>
  QRCode.toBuffer(text, {
    type: 'png',
    errorCorrectionLevel: 'M',
    margin: 4,
    width: 480,
    ...options,
  });

describe('readQrPicture', () => {
  it('reads pickup codes of any content', async () => {
    for (let n = 0; n < 25; n += 1) {
      const token = `GC1.${randomBytes(16).toString('base64url')}.${randomBytes(24).toString('base64url')}`;
      expect(readQrPicture(await draw(token))).toBe(token);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('reads version %i', async (version) => {
    const text = 'ab12é';
    expect(readQrPicture(await draw(text, { version }))).toBe(text);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('reads mask %i', async (mask) => {
    const text = 'https://example.com/Ünïcode';
    const maskPattern = mask as NonNullable<QRCode.QRCodeToBufferOptions['maskPattern']>;
    expect(readQrPicture(await draw(text, { maskPattern }))).toBe(text);
  });

  it.each([
    '0',
    '00',
    '007',
    '1234567890123',
    'A',
    'AB',
    'HELLO WORLD $%*+-./:9',
    'x00000000000012ABCDEFGHIJK',
  ])('reads %s in its own mode', async (text) => {
    expect(readQrPicture(await draw(text, { width: 200, margin: 1 }))).toBe(text);
  });

  it('reads no other level, which it could not put in order', async () => {
    expect(readQrPicture(await draw('level', { errorCorrectionLevel: 'H' }))).toBeNull();
  });

  it('answers null for a picture without a code', () => {
    const white = new PNG({ width: 60, height: 60 });
    white.data.fill(255);
    const black = new PNG({ width: 60, height: 60 });
    black.data.fill(0);
    expect(readQrPicture(PNG.sync.write(white))).toBeNull();
    expect(readQrPicture(PNG.sync.write(black))).toBeNull();
  });

  it('answers null for what is no whole PNG', async () => {
    const png = await draw('cut');
    expect(readQrPicture(Buffer.from('GIF89a'))).toBeNull();
    expect(readQrPicture(png.subarray(0, 200))).toBeNull();
    expect(readQrPicture(Buffer.alloc(0))).toBeNull();
  });
});
