import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** The issuer's keys were never had yet: nobody can say whose a token is. */
export class KeysAway extends Error {
  override readonly name = 'KeysAway';

  constructor() {
    super('the keys of the issuer of tokens were not to be had yet');
  }
}

/** Milliseconds of everything that concerns the fetching of keys. */
export interface KeySetTimes {
  /** Between two looks for keys that came or were withdrawn. */
  refreshEvery: number;
  /** That the issuer has to answer. */
  timeout: number;
  /** Before the next look behind one that brought nothing new; each such doubles it. */
  leastPause: number;
  mostPause: number;
}

const TIMES: KeySetTimes = {
  refreshEvery: 300_000,
  timeout: 2_000,
  leastPause: 1_000,
  mostPause: 30_000,
};

/** Bytes; an issuer has a few keys of half a thousand each. */
const MOST_BYTES = 1_048_576;

/**
 * The public keys of an issuer. Looks for new ones now and then, and at once when a token names one that is not there;
 * whoever makes up names makes it look seldom. While the issuer does not answer, the keys that were had go on. (jose's
 * own remote set refuses all tokens when its cache has aged, and asks for each token while the issuer is away.)
 */
export class KeySet {
  readonly #url: string;
  readonly #times: KeySetTimes;
  readonly #failed: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #text: string | null = null;
  #keys: JWTVerifyGetKey | null = null;
  #looking: Promise<void> | null = null;
  #pause: number;
  #notBefore = 0;

  constructor(url: string, failed: (error: unknown) => void, times: Partial<KeySetTimes> = {}) {
    this.#url = url;
    this.#times = { ...TIMES, ...times };
    this.#failed = failed;
    this.#pause = this.#times.leastPause;
    this.#timer = setInterval(() => void this.#look(), this.#times.refreshEvery).unref();
    void this.#look();
  }

  /** The key that a token's header names. @throws KeysAway, or jose's error when there is no such key */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    if (this.#keys === null) await this.#lookIfDue();
    if (this.#keys === null) throw new KeysAway();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#lookIfDue();
      return this.#keys(header, token);
    }
  };

  close(): void {
    clearInterval(this.#timer);
  }

  async #lookIfDue(): Promise<void> {
    if (this.#looking !== null || performance.now() >= this.#notBefore) await this.#look();
  }

  /** One look for all who wait for it. Never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#fetch()
      .catch((error: unknown) => {
        this.#failed(error);
        return false;
      })
      .then((isNew) => {
        const { leastPause, mostPause } = this.#times;
        this.#notBefore = isNew ? 0 : performance.now() + this.#pause;
        this.#pause = isNew ? leastPause : Math.min(this.#pause * 2, mostPause);
        this.#looking = null;
      });
    return this.#looking;
  }

  /** Whether there are other keys than before. */
  async #fetch(): Promise<boolean> {
    const response = await fetch(this.#url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      // Elsewhere than configured nobody vouches for the keys.
      redirect: 'error',
      signal: AbortSignal.timeout(this.#times.timeout),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the issuer of tokens answered with ${response.status}`);
    }
    const text = await textOf(response);
    if (text === this.#text) return false;
    // Throws where it is no key set: then the one before stays.
    this.#keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    this.#text = text;
    return true;
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new Error(`the issuer of tokens sent more than ${MOST_BYTES} bytes of keys`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
