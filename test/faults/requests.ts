import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
type Data = any;

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  data: Data;
  /** Of the first error. */
  code: string | undefined;
  text: string;
  milliseconds: number;
}

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** Sends documents on as many connections as there are requests at once. Rejects when there is no answer. */
export type Send = (operation: Operation, headers?: Record<string, string>) => Promise<Reply>;

/** A client that tries nothing twice. It follows the gateway's wish to close a connection. */
export function sender({ url }: { url: string }, token?: string): Send {
  const dispatcher = new Agent({ pipelining: 1, connectTimeout: 60_000, headersTimeout: 300_000 });
  onTestFinished(() => dispatcher.destroy());
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return async (operation, headers = {}) => {
    const began = performance.now();
    const {
      statusCode,
      headers: got,
      body,
    } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      body: JSON.stringify(operation),
    });
    const text = await body.text();
    const { data, errors } = JSON.parse(text);
    const milliseconds = performance.now() - began;
    return { status: statusCode, headers: got, data, code: errors?.[0]?.extensions.code, text, milliseconds };
  };
}

/** The gateway's answer to a probe; null when there is none. */
export async function probe(url: string, path: string): Promise<{ status: number; text: string } | null> {
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const { statusCode, body } = await request(new URL(path, url), { dispatcher, method: 'GET' });
    return { status: statusCode, text: await body.text() };
  } catch {
    return null;
  } finally {
    await dispatcher.destroy();
  }
}

export async function metric(url: string, name: string): Promise<number> {
  const found = await probe(url, '/metrics');
  const line = found?.text.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
