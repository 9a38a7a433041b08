import type { FakeVendor } from './fake-vendor.js';

export interface Sent {
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** What stands in Authorization. */
  readonly credential?: string | null;
  readonly signal?: AbortSignal;
}

/** Sends a request to a fake vendor; `line` is a method and a path. */
export async function sendRequest(fake: FakeVendor, line: string, sent: Sent = {}) {
  const [method = '', path = ''] = line.split(' ');
  const { json, form, credential = null, headers, signal } = sent;
  const answer = await fetch(`${fake.url}${path}`, {
    method,
    headers: {
      ...(credential === null ? {} : { authorization: credential }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await answer.text();
  const body = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}
