import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveClient, type Transport } from './transports.js';

/** A change as it was delivered. */
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

/** Follows changes over all cuts: it comes back with the cursor of what it was given last. */
export interface Subscriber {
  delivered: Delivered[];
  /** What no cut and no stop explains. */
  surprises: string[];
  stop(): Promise<void>;
}

interface Following {
  transport: Transport;
  url: string;
  token: string;
  after: string | null;
  /** Follows this call alone. */
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
      // Until a gateway is there again.
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
 * The words of clients that are cut off, that find nobody, or whose gateway goes: a WebSocket without a closing frame,
 * going away, service restart; a stream that breaks off; a refused or reset connection; a gateway that is stopping.
 */
const EXPECTED =
  /^(closed (1000|1001|1005|1006|1012|1013)|.*(terminated|fetch failed|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|closed before|other side closed|responded with 503|server response: 503|while having active streams))/s;

function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && 'reason' in error) return `closed ${error.code} ${error.reason}`;
  if (error instanceof Error) return `${error.name}: ${error.message} ${error.cause ?? ''}`;
  // An ErrorEvent of ws.
  if ('message' in error) return String(error.message);
  return JSON.stringify(error);
}
