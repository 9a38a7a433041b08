import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { SecretsKey } from '../../config/secrets-keys.js';

export type Secrets = Readonly<Record<string, string>>;

/** The account that secrets belong to. It is bound into what is sealed, so a copied row does not open. */
export interface SecretsOwner {
  readonly organizationId: string;
  readonly id: string;
}

/** Its message is what an operator may see. */
export class SecretsLocked extends Error {
  override readonly name = 'SecretsLocked';
}

const ALGORITHM = { alg: 'dir', enc: 'A256GCM' } as const;
const ALGORITHMS = {
  keyManagementAlgorithms: [ALGORITHM.alg],
  contentEncryptionAlgorithms: [ALGORITHM.enc],
};

/** Seals with the first key, and opens with any of them. */
export class SealedSecrets {
  readonly #keys: readonly SecretsKey[];

  constructor(keys: readonly SecretsKey[]) {
    this.#keys = keys;
  }

  /** Null if there is no key to seal with. */
  get sealingKey(): string | null {
    return this.#keys[0]?.name ?? null;
  }

  /** A compact JWE. @throws Error if there is no key */
  seal({ organizationId, id }: SecretsOwner, secrets: Secrets): Promise<string> {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('SECRETS_KEYS has no key to seal with');
    // GCM authenticates the protected header too.
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secrets)))
      .setProtectedHeader({ ...ALGORITHM, kid: first.name, organization: organizationId, account: id })
      .encrypt(first.key);
  }

  /** Whether there is the key that they are sealed with. */
  hasKeyOf(sealed: string): boolean {
    const name = keyNameOf(sealed);
    return this.#keys.some((each) => each.name === name);
  }

  /** @throws SecretsLocked */
  async open({ organizationId, id }: SecretsOwner, sealed: string): Promise<Secrets> {
    const name = keyNameOf(sealed);
    const keys = this.#keys.filter((each) => each.name === name);
    if (keys.length === 0) {
      throw new SecretsLocked(
        `Its secrets are sealed with the key ${name ?? '(unknown)'}, which SECRETS_KEYS does not have: add it, or set the secrets anew.`,
      );
    }
    // The key files of two databases have the same name.
    const attempts = keys.map(({ key }) => compactDecrypt(sealed, key, ALGORITHMS));
    const opened = await Promise.any(attempts).catch(() => null);
    const isBound =
      opened?.protectedHeader.organization === organizationId && opened.protectedHeader.account === id;
    if (opened === null || !isBound) {
      throw new SecretsLocked(
        `Its secrets do not open with the key ${name} of SECRETS_KEYS: put the right key there, or set the secrets anew.`,
      );
    }
    return JSON.parse(new TextDecoder().decode(opened.plaintext)) as Secrets;
  }
}

/** The key that the secrets are sealed with; null if they are no JWE. */
export function keyNameOf(sealed: string): string | null {
  try {
    const { kid } = decodeProtectedHeader(sealed);
    return typeof kid === 'string' && /^[\w.-]{1,64}$/.test(kid) ? kid : null;
  } catch {
    return null;
  }
}
