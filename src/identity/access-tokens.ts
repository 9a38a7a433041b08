import { createCipheriv, createDecipheriv, createHmac, type KeyObject, randomBytes } from 'node:crypto';

const PREFIX = 'sbt_';
const CIPHER = 'aes-256-gcm';
const [NONCE, TIME, HASH, TAG] = [12, 6, 32, 16];
/** As long as Creovai's own. */
export const ACCESS_TOKEN_SECONDS = 1_799;

export const isAccessToken = (token: string): boolean => token.startsWith(PREFIX);

/**
 * Tokens that stand for an API key for a while. Each holds its end and the hash of its key, encrypted with a secret that
 * all gateways on the database share; so none is stored, and one of a revoked key is worth nothing.
 */
export class AccessTokens {
  readonly #key: Buffer;
  readonly #now: () => number;

  constructor(secret: KeyObject, now: () => number = Date.now) {
    this.#key = createHmac('sha256', secret).update('access tokens').digest();
    this.#now = now;
  }

  /** @param keyHash the hash of the key's token, in hex */
  issue(keyHash: string): string {
    const nonce = randomBytes(NONCE);
    const plain = Buffer.alloc(TIME + HASH);
    plain.writeUIntBE(this.#now() + ACCESS_TOKEN_SECONDS * 1000, 0, TIME);
    plain.write(keyHash, TIME, 'hex');
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    const sealed = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return PREFIX + Buffer.concat(sealed).toString('base64url');
  }

  /** The hash of the key's token; null if the token is not ours, or has ended. */
  keyHashIn(token: string): string | null {
    const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
    if (bytes.length !== NONCE + TIME + HASH + TAG) return null;
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE));
    decipher.setAuthTag(bytes.subarray(-TAG));
    try {
      const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
      return plain.readUIntBE(0, TIME) > this.#now() ? plain.toString('hex', TIME) : null;
    } catch {
      return null;
    }
  }
}
