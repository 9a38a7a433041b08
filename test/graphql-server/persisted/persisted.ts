import { createHash } from 'node:crypto';
import { request } from 'undici';
import type { Answer } from '../../support/gateway.js';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export const hashed = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

interface Server {
  url: string;
}

type Raw = Answer & { text: string; headers: Record<string, string | string[] | undefined> };

const headersOf = (token: string | null) => (token === null ? {} : { authorization: `Bearer ${token}` });

export async function post({ url }: Server, token: string | null, body: object): Promise<Raw> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(token) },
    body: JSON.stringify(body),
  });
  return rawOf(answer);
}

/** With the header that no page of another origin can send without a preflight. */
export async function get(
  { url }: Server,
  token: string | null,
  parameters: Record<string, unknown>,
  headers: Record<string, string> = { 'apollo-require-preflight': '1' },
): Promise<Raw> {
  const search = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  return rawOf(await request(`${url}?${search}`, { headers: { ...headersOf(token), ...headers } }));
}

async function rawOf({ statusCode, headers, body }: Awaited<ReturnType<typeof request>>): Promise<Raw> {
  const text = await body.text();
  return { status: statusCode, headers, text, ...JSON.parse(text) };
}

export const codeOf = ({ errors }: Pick<Answer, 'errors'>) => errors?.[0]?.extensions.code;
