import { hash, randomBytes } from 'node:crypto';

const PREFIX = 'sb_';

/** A new API key: 256 random bits, base64url, behind a prefix by which secret scanners know it. */
export function newToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** What is stored of a token, in hexadecimal. A fast hash is enough: 256 random bits cannot be guessed from it. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** The token of an Authorization header: `Bearer TOKEN`, or `AccessKey TOKEN` as Bird's clients send it. */
export function tokenOf(authorization: string | undefined): string | null {
  const match = /^(?:bearer|accesskey) +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}
