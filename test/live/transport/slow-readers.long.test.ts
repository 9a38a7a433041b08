import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GatewayConfig } from '../../../src/gateway.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { followOver, settled, TRANSPORTS } from '../followers.js';
import { openSilentReader } from './silent-reader.js';

const DOCUMENT = `subscription ($after: String) {
  callsChanged(after: $after) { revision newValues oldValues patch call { metadata } }
}`;
const MEBIBYTE = 1_048_576;

let gateway: TestGateway;
let client: Client;
let call: string;

async function open(config: GatewayConfig = {}): Promise<string> {
  gateway = await openTestGateway(config);
  client = await gateway.client();
  ({ id: call } = await givenCall(client));
  await settled(gateway);
  return (await client.ask('{ changeCursor }')).changeCursor;
}
afterEach(() => gateway.close());

const at = () => ({ url: gateway.url, token: client.token });
const merge = (n: number, bytes: number) =>
  mergeCallMetadata(client, { call: { id: call }, metadata: { text: `${n} `.padEnd(bytes, '.') } });

function revisionReader() {
  const revisions: number[] = [];
  let rest = '';
  return {
    revisions,
    onData: (data: Buffer) => {
      rest += data.toString('latin1');
      let end = 0;
      for (const match of rest.matchAll(/"callsChanged":\{"revision":(\d+),/g)) {
        revisions.push(Number(match[1]));
        end = match.index + match[0].length;
      }
      rest = rest.slice(Math.max(end, rest.length - 60));
    },
  };
}

const upTo = (last: number) => Array.from({ length: last - 1 }, (_, index) => index + 2);

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of the JavaScript heap and its buffers. */
function memoryHeld(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('subscribers that read nothing use no more memory than their buffers, and are ended', async () => {
    const after = await open({ livePingInterval: 2 });
    for (let n = 0; n < 24; n += 1) await merge(n, 250_000);
    // Each change gives an answer of one megabyte: 24 MB per client.
    const before = memoryHeld();
    const operations = [{ query: DOCUMENT, variables: { after } }];
    await Promise.all(Array.from({ length: 10 }, () => openSilentReader(transport, at(), operations)));
    await vi.waitFor(() => expect(gateway.counts().subscribers).toBe(10), 20_000);
    let most = 0;
    while (gateway.counts().subscribers > 0) {
      most = Math.max(most, memoryHeld());
      await merge(50, 250_000);
    }
    // A buffer of one megabyte, the frame that does not fit in it, and what is read for the next.
    expect(most - before).toBeLessThan(100 * MEBIBYTE);
  });

  it('a subscriber that reads slowly receives everything once, in order, and is not ended', async () => {
    const after = await open({ liveBufferLimit: 100_000, livePingInterval: 60 });
    const [slow, late] = [revisionReader(), revisionReader()];
    const first = await openSilentReader(transport, at(), [{ query: DOCUMENT }], slow.onData);
    await gateway.subscribers(1);
    // 12 MB.
    for (let n = 0; n < 50; n += 1) await merge(n, 60_000);
    await vi.waitFor(() => expect(gateway.counts()).toMatchObject({ subscribers: 1, admitted: 0 }), 20_000);
    const operation = { query: DOCUMENT, variables: { after } };
    const second = await openSilentReader(transport, at(), [operation], late.onData);
    const clients = [first, second];
    while (slow.revisions.length < 50 || late.revisions.length < 50) {
      for (const { read } of clients) read();
      await sleep(15);
      for (const { pause } of clients) pause();
      await sleep(15);
    }
    for (const { revisions } of [slow, late]) expect(revisions).toEqual(upTo(51));
    await gateway.subscribers(2);
  });

  it('a subscriber that reads nothing is ended with the reason, and an idle one stays', async () => {
    const after = await open({ livePingInterval: 1, liveBufferLimit: 100_000 });
    for (let n = 0; n < 12; n += 1) await merge(n, 250_000);
    const idle = followOver(transport, at(), undefined, { filter: { status: ['FAILED'] } });
    const silent = await openSilentReader(transport, at(), [{ query: DOCUMENT, variables: { after } }]);
    await vi.waitFor(() => expect(gateway.counts().subscribers).toBe(2), { timeout: 60_000, interval: 1 });
    await vi.waitFor(() => expect(gateway.counts().subscribers).toBe(1), { timeout: 60_000, interval: 20 });
    silent.read();
    await silent.closed;
    expect(silent.text()).toContain(
      transport === 'ws' ? 'This subscriber reads too slowly' : '"code":"RATE_LIMITED"',
    );
    expect(idle.over).toBeUndefined();
  });
});

it.each(TRANSPORTS)(
  'a client that asks over %s and does not read the answers is sent away, and nothing is held for it',
  async (transport) => {
    await open({ livePingInterval: 1 });
    await merge(0, 250_000);
    const aliases = Array.from({ length: 20 }, (_, n) => `a${n}: metadata`);
    const query = `query ($id: ID!) { call(id: $id) { ${aliases} } }`;
    const operations = Array.from({ length: 20 }, () => ({ query, variables: { id: call } }));
    const silent = await openSilentReader(transport, at(), operations);
    const held = async () => {
      const metrics = await (await fetch(new URL('/metrics', gateway.url))).text();
      return Number(/^switchboard_answer_bytes (\d+)/m.exec(metrics)?.[1]);
    };
    await vi.waitFor(async () => expect(await held()).toBeGreaterThan(MEBIBYTE), 20_000);
    await vi.waitFor(async () => expect(await held()).toBe(0), { timeout: 60_000, interval: 50 });
    expect(gateway.counts()).toMatchObject({ sockets: 0, connections: 0 });
    silent.read();
    await silent.closed;
  },
);
