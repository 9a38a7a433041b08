import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';

  constructor() {
    super("the token issuer's keys are not available yet");
  }
}

/** Milliseconds. */
export interface KeySetTimes {
  refreshEvery: number;
  timeout: number;
  minPause: number;
  maxPause: number;
}

const TIMES: KeySetTimes = {
  refreshEvery: 300_000,
  timeout: 2_000,
  minPause: 1_000,
  maxPause: 30_000,
};

const MAX_BYTES = 1_048_576;

/**
 * Refreshes for unknown keys pause longer each time, so that made-up names cause few requests. While the issuer is
 * away, the last keys stay valid; jose's own remote set would reject all tokens.
 */
export class KeySet {
  readonly #url: string;
  readonly #times: KeySetTimes;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #text: string | null = null;
  #keys: JWTVerifyGetKey | null = null;
  #refreshing: Promise<void> | null = null;
  #pause: number;
  #notBefore = 0;

  constructor(url: string, onError: (error: unknown) => void, times: Partial<KeySetTimes> = {}) {
    this.#url = url;
    this.#times = { ...TIMES, ...times };
    this.#onError = onError;
    this.#pause = this.#times.minPause;
    this.#timer = setInterval(() => void this.#refresh(), this.#times.refreshEvery).unref();
    void this.#refresh();
  }

  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    if (this.#keys === null) await this.#refreshIfDue();
    if (this.#keys === null) throw new KeysUnavailable();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refreshIfDue();
      return this.#keys(header, token);
    }
  };

  close(): void {
    clearInterval(this.#timer);
  }

  async #refreshIfDue(): Promise<void> {
    if (this.#refreshing !== null || performance.now() >= this.#notBefore) await this.#refresh();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#fetch()
      .catch((error: unknown) => {
        this.#onError(error);
        return false;
      })
      .then((isNew) => {
        const { minPause, maxPause } = this.#times;
        this.#notBefore = isNew ? 0 : performance.now() + this.#pause;
        this.#pause = isNew ? minPause : Math.min(this.#pause * 2, maxPause);
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #fetch(): Promise<boolean> {
    const response = await fetch(this.#url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      // Only the configured URL is trusted for keys.
      redirect: 'error',
      signal: AbortSignal.timeout(this.#times.timeout),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the issuer of tokens answered with ${response.status}`);
    }
    const text = await textOf(response);
    if (text === this.#text) return false;
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
    if (size > MAX_BYTES) throw new Error(`the issuer of tokens sent more than ${MAX_BYTES} bytes of keys`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
