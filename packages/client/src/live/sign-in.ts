import { CONSISTENCY_HEADER, seenBy } from './consistency.js';
import type { Token } from './live-values.js';

export const authorization = async (token: Token): Promise<string> =>
  `Bearer ${typeof token === 'string' ? token : await token()}`;

type Fetch = typeof fetch;

/**
 * `fetch` with the key or token, asked for at each request: for the HTTP of any client. It tells the gateway what the session
 * has seen, so that no answer is older.
 */
export function signedInFetch(token: Token, send: Fetch = fetch): Fetch {
  const seen = seenBy(token);
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', await authorization(token));
    const { tokens } = seen;
    if (tokens.length > 0) headers.set(CONSISTENCY_HEADER, tokens.join(', '));
    const answer = await send(input, { ...init, headers });
    seen.take(tokens, answer.headers?.get(CONSISTENCY_HEADER));
    return answer;
  };
}
