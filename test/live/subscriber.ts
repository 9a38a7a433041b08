import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveClient, type Transport } from './transports.js';

export interface Delivered {
  id: string;
  cursor: string;
  revision: number | null;
  matches: boolean;
  call: { id: string; revision: number };
}

const CHANGE = 'id cursor revision matches call { id revision }';
const ALL = `subscription ($after: String) { change: callsChanged(after: $after) { ${CHANGE} } }`;
const ONE = `subscription ($id: ID!, $after: String) { change: callChanged(call: { id: $id }, after: $after) { ${CHANGE} } }`;

/** Follows changes across all cuts: it resumes with the cursor of the last change it received. */
export interface Subscriber {
  delivered: Delivered[];
  /** What no cut and no shutdown explains. */
  surprises: string[];
  stop(): Promise<void>;
}

interface Following {
  transport: Transport;
  url: string;
  token: string;
  after: string | null;
  call?: string;
}

export function follow({ transport, url, token, after, call }: Following): Subscriber {
  const delivered: Delivered[] = [];
  const surprises: string[] = [];
  const client = openLiveClient(transport, url, token);
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      const variables = { id: call, after: delivered.at(-1)?.cursor ?? after };
      const query = call === undefined ? ALL : ONE;
      try {
        for await (const { data, errors } of client.iterate({ query, variables })) {
          if (errors) surprises.push(JSON.stringify(errors));
          else if (data) delivered.push(data.change as Delivered);
        }
      } catch (error) {
        const words = wordsOf(error);
        if (!stopped && !EXPECTED.test(words)) surprises.push(words);
      }
      await sleep(10);
    }
  };
  const running = run();
  return {
    delivered,
    surprises,
    async stop() {
      stopped = true;
      await client.close();
      await running;
    },
  };
}

/**
 * Messages of clients that were cut off, found no gateway, or whose gateway stopped: a WebSocket without a close frame,
 * going away, service restart; a broken stream; a refused or reset connection; a stopping gateway.
 */
const EXPECTED =
  /^(closed (1000|1001|1005|1006|1012|1013)|.*(terminated|fetch failed|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|closed before|other side closed|responded with 503|server response: 503|while having active streams))/s;

function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && 'reason' in error) return `closed ${error.code} ${error.reason}`;
  if (error instanceof Error) return `${error.name}: ${error.message} ${error.cause ?? ''}`;
  if ('message' in error) return String(error.message);
  return JSON.stringify(error);
}
