import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a secret: what is compared has one length, whatever a caller sends. */
export const digestOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/**
 * Positions in `digests` that the candidate matches. Every digest is compared in constant time and
 * none is skipped, so the answer's time tells neither which key is near nor how many were tried.
 */
export function matchingDigests(candidate: string, digests: readonly Buffer[]): number[] {
  const digest = digestOf(candidate);
  const equal = digests.map((known) => timingSafeEqual(known, digest));
  return equal.flatMap((isEqual, position) => (isEqual ? [position] : []));
}

export const matchesSecret = (candidate: string, digest: Buffer): boolean =>
  timingSafeEqual(digestOf(candidate), digest);

/** The token of `Authorization: Bearer …`, null when the header says anything else. */
export const bearerToken = (authorization: string | undefined): string | null =>
  /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1] ?? null;
