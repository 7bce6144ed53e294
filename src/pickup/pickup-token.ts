import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token is for: each purpose signs differently, so one can never pass for the other. */
type Purpose = 'pickup' | 'image';

export interface PassKey {
  /** UUID of the pass. */
  readonly id: string;
  /** 32 random bytes that only this pass has. */
  readonly secret: Buffer;
}

export interface ParsedToken {
  readonly passId: string;
  /** Null for a pickup token, which lives as long as its pass. */
  readonly expiresAt: Date | null;
  readonly signature: string;
}

const MAC_BYTES = 24;
/** 128 bits leave four of the last letter unused: only the spelling with zeros there is ours. */
const ID = '[A-Za-z0-9_-]{21}[AQgw]';
const MAC = '[A-Za-z0-9_-]{32}';
const PICKUP = new RegExp(`^GC1\\.(${ID})\\.(${MAC})$`);
const IMAGE = new RegExp(`^GQ1\\.(${ID})\\.([1-9a-z][0-9a-z]{5,8})\\.(${MAC})$`);

/** `GC1.<pass>.<mac>`: what the QR encodes and the counter redeems. */
export const pickupToken = (pass: PassKey): string =>
  `GC1.${encodeId(pass.id)}.${sign(pass, 'pickup', '')}`;

/** `GQ1.<pass>.<expiry>.<mac>`: names the QR's image in a URL; of no use at the counter. */
export function imageToken(pass: PassKey, expiresAt: Date): string {
  const expiry = Math.floor(expiresAt.getTime() / 1_000).toString(36);
  return `GQ1.${encodeId(pass.id)}.${expiry}.${sign(pass, 'image', expiry)}`;
}

/** Null for anything that is not of the shape; the signature is checked against the pass by `isSigned`. */
export function parsePickupToken(token: string): ParsedToken | null {
  const [, id, signature] = PICKUP.exec(token) ?? [];
  return id && signature ? { passId: decodeId(id), expiresAt: null, signature } : null;
}

export function parseImageToken(token: string): ParsedToken | null {
  const [, id, expiry, signature] = IMAGE.exec(token) ?? [];
  if (!id || !expiry || !signature) return null;
  return {
    passId: decodeId(id),
    expiresAt: new Date(Number.parseInt(expiry, 36) * 1_000),
    signature,
  };
}

/** Compares in constant time. */
export function isSigned(token: ParsedToken, pass: PassKey): boolean {
  const expiry = token.expiresAt ? Math.floor(token.expiresAt.getTime() / 1_000).toString(36) : '';
  const expected = sign(pass, token.expiresAt ? 'image' : 'pickup', expiry);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(token.signature));
}

function sign(pass: PassKey, purpose: Purpose, expiry: string): string {
  return createHmac('sha256', pass.secret)
    .update(`garageconnect:v1:${purpose}:${pass.id}:${expiry}`)
    .digest()
    .subarray(0, MAC_BYTES)
    .toString('base64url');
}

const encodeId = (uuid: string): string =>
  Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');

function decodeId(id: string): string {
  const hex = Buffer.from(id, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
