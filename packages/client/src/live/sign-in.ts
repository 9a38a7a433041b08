import type { Token } from './live-values.js';

export const authorization = async (token: Token): Promise<string> =>
  `Bearer ${typeof token === 'string' ? token : await token()}`;

type Fetch = typeof fetch;

/** `fetch` with the key or token, asked for at each request: for the HTTP of any client. */
export const signedInFetch =
  (token: Token, send: Fetch = fetch): Fetch =>
  async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', await authorization(token));
    return send(input, { ...init, headers });
  };
