import type { LiveResult, Token } from './live-values.js';

/** Of requests and answers; gateways that read from replicas of their database send it. */
export const CONSISTENCY_HEADER = 'consistency-token';

/** What the gateway takes; more stand for the present moment, which is after all of them. */
const MOST_TOKENS = 16;
const NOW = 'now';

/** What a session has seen, so that no later answer is older, whichever gateway or replica it comes from. */
export class Seen {
  #tokens: readonly string[] = [];

  get tokens(): readonly string[] {
    return this.#tokens;
  }

  /** An answer is no older than what its request has named, so that its token stands for those. */
  take(named: readonly string[], token: string | null | undefined): void {
    if (!token) return;
    const others = this.#tokens.filter((each) => !named.includes(each) && each !== token);
    this.#tokens = others.length < MOST_TOKENS ? [...others, token] : [NOW];
  }
}

const ofFunctions = new WeakMap<object, Seen>();
const ofTexts = new Map<string, Seen>();

/** A session is whatever signs in with the same key, or by the same function. */
export function seenBy(token: Token): Seen {
  const known = typeof token === 'string' ? ofTexts.get(token) : ofFunctions.get(token);
  if (known !== undefined) return known;
  const seen = new Seen();
  if (typeof token === 'string') ofTexts.set(token, seen);
  else ofFunctions.set(token, seen);
  return seen;
}

export function tokenIn({ extensions }: LiveResult): string | null {
  const token = extensions?.consistencyToken;
  return typeof token === 'string' ? token : null;
}
