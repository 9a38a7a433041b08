import { Client } from 'undici';
import type { Contender } from './contenders.js';
import type { Kind } from './workloads.js';

/** An answer that is no good ends the run: what is fast and wrong is worth nothing. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** One connection to a contender, which stays open. */
export interface Connection {
  /**
   * Sends one request, and calls back with the answer's bytes.
   * @throws BadAnswer through `failed`, for anything but 200 without errors
   */
  ask(
    kind: Kind,
    variables: Record<string, unknown>,
    done: (bytes: Buffer) => void,
    failed: (error: Error) => void,
  ): void;
  close(): void;
}

/** In the compact JSON of those that write errors; the limit answers 500 instead. */
const REFUSAL = Buffer.from('"errors":[{');

/** undici takes less than half of the processor's time that node:http takes, which leaves more to the servers. */
export function connectTo(contender: Contender): Connection {
  const client = new Client(new URL(contender.server.url).origin, { pipelining: 1, bodyTimeout: 0 });
  return {
    ask(kind, variables, done, failed) {
      const { path, body } = contender.request(kind, variables);
      const chunks: Buffer[] = [];
      let status = 0;
      const options = { path, method: 'POST', headers: contender.headers, body } as const;
      client.dispatch(options, {
        onRequestStart() {},
        onResponseStart(_controller, code) {
          status = code;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const [first = Buffer.alloc(0)] = chunks;
          const bytes = chunks.length > 1 ? Buffer.concat(chunks) : first;
          if (status === 200 && !bytes.includes(REFUSAL)) done(bytes);
          else failed(new BadAnswer(`${contender.name} answered ${status} ${shown(bytes)} to ${body}`));
        },
        onResponseError(_controller, error) {
          failed(error);
        },
      });
    },
    close: () => void client.destroy(),
  };
}

/** The end, where errors stand behind the data. */
const shown = (bytes: Buffer) => bytes.toString().slice(-1000);

/** The answer's object. */
export function parsed(bytes: Buffer): { data: Record<string, unknown> } {
  const answer: { data?: Record<string, unknown> | null; errors?: unknown } = JSON.parse(bytes.toString());
  const { data, errors } = answer;
  const isWhole = data != null && Object.values(data).every((field) => field != null);
  if (!isWhole || errors !== undefined) throw new BadAnswer(`no good answer: ${shown(bytes)}`);
  return { data };
}

/** Asks once, over a connection of its own. */
export async function askOnce(contender: Contender, kind: Kind, variables: Record<string, unknown>) {
  const connection = connectTo(contender);
  try {
    const bytes = await new Promise<Buffer>((done, failed) => connection.ask(kind, variables, done, failed));
    return parsed(bytes);
  } finally {
    connection.close();
  }
}
