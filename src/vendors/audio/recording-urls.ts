import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { SECRETS_KEY_BYTES, type SecretsKey } from '../../config/secrets-keys.js';

/** Seconds that a signed URL is good for. */
const LIFETIME = 3_600;
const PURPOSE = 'switchboard: URLs of recordings';
const UUID_BYTES = 16;

/** Signs with the first key, so that a page's player needs no other credential; all keys verify. */
export class RecordingUrls {
  readonly #keys: readonly Uint8Array[];

  constructor(keys: readonly SecretsKey[]) {
    this.#keys = keys.map(
      ({ key }) => new Uint8Array(hkdfSync('sha256', key, '', PURPOSE, SECRETS_KEY_BYTES)),
    );
  }

  /** The query of the URL; null if there is no key to sign with. Organization and recording are uuids. */
  sign(organization: string, recording: string, now = Date.now()): string | null {
    const [key] = this.#keys;
    if (key === undefined) return null;
    const expires = String(Math.floor(now / 1_000) + LIFETIME);
    // The organization goes before the code, because all that is read is read for an organization.
    const signature = Buffer.concat([bytesOf(organization), codeOf(key, organization, recording, expires)]);
    return new URLSearchParams({ expires, signature: signature.toString('base64url') }).toString();
  }

  /** The organization that it was signed for; null if it is wrong or has expired. */
  verify(
    recording: string,
    { expires, signature }: { expires: string; signature: string },
    now = Date.now(),
  ) {
    const given = Buffer.from(signature, 'base64url');
    const organization = uuidOf(given.subarray(0, UUID_BYTES));
    const code = given.subarray(UUID_BYTES);
    const isGood = this.#keys.some((key) => isSame(codeOf(key, organization, recording, expires), code));
    return isGood && Number(expires) * 1_000 > now ? organization : null;
  }
}

const codeOf = (key: Uint8Array, ...parts: string[]): Buffer =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest();

const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
