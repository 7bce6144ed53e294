import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  imageToken,
  isSigned,
  parseImageToken,
  parsePickupToken,
  type PassKey,
  pickupToken,
} from './pickup-token.js';

const PASS: PassKey = { id: '3c5eca97-15cc-47d8-a2d9-0626d3cb33d1', secret: Buffer.alloc(32, 7) };
const OTHER: PassKey = { id: '00000000-0000-4000-8000-000000000001', secret: Buffer.alloc(32, 8) };
const IN_A_WEEK = new Date('2026-11-29T10:00:00Z');

const passes = (token: string, pass = PASS): boolean => {
  const parsed = parsePickupToken(token);
  return parsed !== null && parsed.passId === pass.id && isSigned(parsed, pass);
};
const showsImage = (token: string, pass = PASS): boolean => {
  const parsed = parseImageToken(token);
  return parsed !== null && parsed.passId === pass.id && isSigned(parsed, pass);
};
/** The same token with another character at one place. */
const changed = (token: string, place: number): string => {
  const letter = token[place] === 'A' ? 'B' : 'A';
  return token.slice(0, place) + letter + token.slice(place + 1);
};
const places = (token: string): number[] => [...token].map((_letter, place) => place);

describe('a pickup token', () => {
  it('names its pass and is signed by it', () => {
    const token = pickupToken(PASS);
    expect(parsePickupToken(token)).toEqual({
      passId: PASS.id,
      expiresAt: null,
      signature: token.slice(-32),
    });
    expect(passes(token)).toBe(true);
  });

  it('is always 59 characters that a QR code and a URL take as they are', () => {
    for (let n = 0; n < 200; n += 1) {
      const id = randomBytes(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      const pass = { id, secret: randomBytes(32) };
      const token = pickupToken(pass);
      expect(token).toMatch(/^GC1\.[\w-]{22}\.[\w-]{32}$/);
      expect(passes(token, pass)).toBe(true);
    }
  });

  it('says the same at every call, so that a QR code that was sent stays good', () => {
    expect(pickupToken(PASS)).toBe(pickupToken({ ...PASS }));
  });

  it('is refused when any one of its characters is another', () => {
    const token = pickupToken(PASS);
    const accepted = places(token).filter((place) => passes(changed(token, place)));
    expect(accepted).toEqual([]);
  });

  it('is refused in any other spelling of the same bytes', () => {
    const token = pickupToken(PASS);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet]
      .map((letter) => `${token.slice(0, 25)}${letter}${token.slice(26)}`)
      .filter((spelling) => spelling !== token);
    expect(spellings.filter((spelling) => passes(spelling))).toEqual([]);
  });

  it.each([
    ['the secret of another pass', pickupToken({ ...PASS, secret: OTHER.secret })],
    [
      'the signature of another pass',
      pickupToken(PASS).slice(0, 27) + pickupToken(OTHER).slice(27),
    ],
  ])('is refused with %s', (_case, token) => {
    expect(parsePickupToken(token)).not.toBeNull();
    expect(passes(token)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['its beginning', pickupToken(PASS).slice(0, -1)],
    ['more than it', `${pickupToken(PASS)}A`],
    ['a space before it', ` ${pickupToken(PASS)}`],
    ['a line end after it', `${pickupToken(PASS)}\n`],
    ['lower case', pickupToken(PASS).toLowerCase()],
    ['another version', pickupToken(PASS).replace('GC1', 'GC2')],
    ['padding', pickupToken(PASS).replace(/\.(?=[^.]+$)/, '==.')],
    ['the bare id', PASS.id],
    ['an image token', imageToken(PASS, IN_A_WEEK)],
    [
      'an image token without its expiry',
      imageToken(PASS, IN_A_WEEK).replace(/\.[0-9a-z]{6}\./, '.'),
    ],
  ])('is not %s', (_case, text) => {
    expect(parsePickupToken(text)).toBeNull();
  });
});

describe('an image token', () => {
  it('names its pass and its end, to the second', () => {
    const token = imageToken(PASS, new Date(IN_A_WEEK.getTime() + 999));
    expect(token).toMatch(/^GQ1\.[\w-]{22}\.[0-9a-z]{6}\.[\w-]{32}$/);
    expect(parseImageToken(token)).toMatchObject({ passId: PASS.id, expiresAt: IN_A_WEEK });
    expect(showsImage(token)).toBe(true);
  });

  it('is refused when any one of its characters is another', () => {
    const token = imageToken(PASS, IN_A_WEEK);
    const accepted = places(token).filter((place) => showsImage(changed(token, place)));
    expect(accepted).toEqual([]);
  });

  it('cannot be given a longer life', () => {
    const [head, id, , mac] = imageToken(PASS, IN_A_WEEK).split('.');
    for (const expiry of ['zzzzzz', 'zzzzzzz', 'zzzzzzzzz', '000000', '0zzzzzz']) {
      expect(showsImage([head, id, expiry, mac].join('.'))).toBe(false);
    }
  });

  it('is refused with its end spelled in another way', () => {
    const token = imageToken(PASS, IN_A_WEEK);
    const [head, id, expiry, mac] = token.split('.');
    expect(showsImage([head, id, `0${expiry}`, mac].join('.'))).toBe(false);
    expect(showsImage([head, id, expiry?.toUpperCase(), mac].join('.'))).toBe(false);
  });

  it('does not sign as a pickup token does', () => {
    const image = imageToken(PASS, IN_A_WEEK).split('.').at(-1);
    const pickup = pickupToken(PASS).split('.').at(-1);
    expect(image).not.toBe(pickup);
    const [, id] = pickupToken(PASS).split('.');
    expect(passes(`GC1.${id}.${image}`)).toBe(false);
    expect(parseImageToken(pickupToken(PASS))).toBeNull();
  });
});
