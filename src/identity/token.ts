import { hash, randomBytes } from 'node:crypto';

const PREFIX = 'sb_';

/** 256 random bits, with a prefix that secret scanners recognize. */
export function newToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** A fast hash is enough, because 256 random bits cannot be guessed. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Bird's clients send `AccessKey TOKEN`. */
export function tokenOf(authorization: string | undefined): string | null {
  const match = /^(?:bearer|accesskey) +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}
