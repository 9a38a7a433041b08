import { once } from 'node:events';
import { createServer } from 'node:http';
import { RETRY_AFTER } from '../foundation/overload.js';
import { VERSION } from '../foundation/version.js';
import { SECURITY_HEADERS } from './security-headers.js';

const LIVE = { status: 'ok', version: VERSION };
const NOT_READY = { status: 'not ready', version: VERSION, checks: { starting: true } };
const REFUSAL = {
  errors: [{ message: 'The gateway is starting', extensions: { code: 'SERVICE_UNAVAILABLE' } }],
};

export async function listenWhileStarting({ host, port }: { host: string; port: number }) {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    const isLive = path === '/health/live';
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': 'application/json; charset=utf-8',
      connection: 'close',
    };
    response.writeHead(isLive ? 200 : 503, isLive ? headers : { ...headers, 'retry-after': RETRY_AFTER });
    response.end(JSON.stringify(isLive ? LIVE : path === '/health/ready' ? NOT_READY : REFUSAL));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
