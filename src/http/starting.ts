import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { RETRY_AFTER } from '../foundation/overload.js';
import { VERSION } from '../foundation/version.js';
import { acceptWaiting } from './accept-waiting.js';
import { SECURITY_HEADERS } from './security-headers.js';

const LIVE = { status: 'ok', version: VERSION };
const NOT_READY = { status: 'not ready', version: VERSION, checks: { starting: true } };
const REFUSAL = {
  errors: [{ message: 'The gateway is starting', extensions: { code: 'SERVICE_UNAVAILABLE' } }],
};

/** Milliseconds that a request waits for a gateway that starts. */
const PATIENCE = 15_000;

export interface Starting {
  /** Stops listening. */
  leave(): Promise<void>;
  /** Passes the requests that wait on. */
  pass(serve: RequestListener): void;
  /** Refuses the requests that wait. */
  close(): Promise<void>;
}

/**
 * Answers probes while the gateway starts. Other requests wait: not every proxy looks at readiness, and none may send a
 * mutation again that was answered with 503.
 */
export async function listenWhileStarting({ host, port }: { host: string; port: number }): Promise<Starting> {
  const waiting = new Map<ServerResponse, { request: IncomingMessage; timer: NodeJS.Timeout }>();
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    response.setHeader('connection', 'close');
    if (path?.endsWith('/health/live')) return answer(response, 200, LIVE);
    if (path?.endsWith('/health/ready')) return answer(response, 503, NOT_READY);
    if (request.headers.upgrade !== undefined) return answer(response, 503, REFUSAL);
    const timer = setTimeout(() => {
      waiting.delete(response);
      answer(response, 503, REFUSAL);
    }, PATIENCE);
    waiting.set(response, { request, timer });
    response.once('close', () => {
      clearTimeout(timer);
      waiting.delete(response);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    leave: async () => {
      await acceptWaiting(server);
      server.close();
    },
    pass: (serve) => {
      for (const [response, { request, timer }] of waiting) {
        clearTimeout(timer);
        serve(request, response);
      }
      waiting.clear();
    },
    close: async () => {
      server.close();
      const refused = [...waiting.keys()].map((response) => {
        const closed = once(response, 'close');
        answer(response, 503, REFUSAL);
        return closed;
      });
      await Promise.all(refused);
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    ...(status === 503 && { 'retry-after': RETRY_AFTER }),
  });
  response.end(JSON.stringify(body));
}
