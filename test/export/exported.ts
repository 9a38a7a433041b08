import { parse } from 'csv-parse/sync';
import { request } from 'undici';
import type { TestGateway } from '../support/gateway.js';

export interface Exported {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export const pathOf = (form: 'csv' | 'ndjson', parameters: Record<string, unknown> = {}): string => {
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  return `/export/calls.${form}?${query}`;
};

export async function exported(
  { url }: Pick<TestGateway, 'url'>,
  token: string | null,
  path: string,
  method = 'GET',
): Promise<Exported> {
  const { statusCode, headers, body } = await request(new URL(path, url), {
    method: method as 'GET',
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: statusCode, headers, text: await body.text() };
}

export const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** By a parser that others have written. */
export const recordsOf = (text: string): Record<string, string>[] =>
  parse(text, { columns: true, record_delimiter: '\r\n' });
