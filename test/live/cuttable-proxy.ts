import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { until } from './until.js';

/** With a FIN, or with a reset that also loses what is in transit. */
export type Ending = 'end' | 'reset';

/** A proxy between one client and the gateways, which can cut the connection. */
export interface CuttableProxy {
  port: number;
  isOpen(): boolean;
  /**
   * Cuts a connection on which a gateway has answered, after the given number of further bytes: usually within a frame.
   * If they do not arrive soon, it cuts without them. Resolves after the cut.
   */
  cut(bytes: number, ending: Ending): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  client: Socket;
  gateway: Socket;
  answered: boolean;
  left: number;
  cut(): void;
}

/** Milliseconds that a cut waits for its bytes. */
const PATIENCE = 40;

/** @param target the port of a gateway for a new connection; undefined while there is none */
export async function openCuttableProxy(target: () => number | undefined): Promise<CuttableProxy> {
  const links = new Set<Link>();
  const server = createServer((client) => {
    const port = target();
    if (port === undefined) return client.resetAndDestroy();
    const link = join(client, connect(port, '127.0.0.1'));
    links.add(link);
    for (const socket of [link.client, link.gateway]) socket.on('close', () => links.delete(link));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const open = () => [...links].find(({ answered }) => answered);
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    isOpen: () => open() !== undefined,
    async cut(bytes, ending) {
      await until('a connection to cut', () => open() !== undefined);
      const link = open();
      if (link === undefined) throw new Error('the connection is gone');
      const gone = once(link.client, 'close');
      link.left = bytes;
      link.cut = () => {
        if (ending === 'reset') link.client.resetAndDestroy();
        else link.client.destroy();
      };
      if (bytes === 0) link.cut();
      const late = setTimeout(link.cut, PATIENCE);
      await gone;
      clearTimeout(late);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const { client } of links) client.destroy();
      await closed;
    },
  };
}

function join(client: Socket, gateway: Socket): Link {
  const link: Link = { client, gateway, answered: false, left: Number.POSITIVE_INFINITY, cut: () => {} };
  client.pipe(gateway);
  gateway.on('data', (chunk: Buffer) => {
    link.answered = true;
    const passed = chunk.subarray(0, link.left);
    link.left -= passed.length;
    // Data written before a FIN arrives; a reset may overtake it.
    if (link.left === 0) client.write(passed, () => link.cut());
    else if (!client.write(passed)) gateway.pause();
  });
  client.on('drain', () => gateway.resume());
  for (const [from, to] of [
    [client, gateway],
    [gateway, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
  return link;
}
