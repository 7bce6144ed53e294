import { PNG } from 'pngjs';
import QRCode from 'qrcode';
import { describe, expect, it } from 'vitest';
import { readQrPicture } from './qr-picture.js';

describe('readQrPicture', () => {
  it('reads a code', async () => {
    const token = 'GC1.AbCdEfGhIjKlMnOpQrStUv.0123456789abcdefghijklmnopqrstuv';
    expect(readQrPicture(await QRCode.toBuffer(token, { type: 'png', width: 480 }))).toBe(token);
  });

  it('answers null for a picture without a code', () => {
    const white = new PNG({ width: 60, height: 60 });
    white.data.fill(255);
    expect(readQrPicture(PNG.sync.write(white))).toBeNull();
  });

  it('answers null for what is no whole PNG', async () => {
    const png = await QRCode.toBuffer('cut', { type: 'png' });
    expect(readQrPicture(Buffer.from('GIF89a'))).toBeNull();
    expect(readQrPicture(png.subarray(0, 200))).toBeNull();
    expect(readQrPicture(Buffer.alloc(0))).toBeNull();
  });
});
