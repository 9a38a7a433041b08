import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answering {
  url: string;
  /** Of the requests so far. */
  authorizations: (string | undefined)[];
  close(): Promise<void>;
}

/** A vendor that answers every request alike. */
export async function openAnswering(status: number, body: string): Promise<Answering> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
