import type { Names } from '../../identity/world.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type Send, sender, watchExecutors } from './both-ways.js';
import { makeRichWorld } from './rich-world.js';

export interface RichGateway {
  gateway: TestGateway;
  client: Client;
  names: Names;
  send: Send;
  close(): Promise<void>;
}

export async function openRichGateway(): Promise<RichGateway> {
  const unwatch = watchExecutors();
  const gateway = await openTestGateway();
  const client = await gateway.client();
  return {
    gateway,
    client,
    names: await makeRichWorld(client, gateway.database),
    send: sender(gateway.url, client.token),
    close: async () => {
      unwatch();
      await gateway.close();
    },
  };
}
