import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { settled } from '../followers.js';
import { type Random, randomOf } from '../random.js';
import { type Message, masked, openPlainSocket, UPGRADE } from './plain-socket.js';

let gateway: TestGateway;
let client: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway({
    liveMaxSubscriptions: 10_000,
    // On a busy machine some would wait too long for their turn, and be refused.
    maxConcurrentRequests: 1_000,
  });
  client = await gateway.client();
  ({ id: call } = await givenCall(client));
  await settled(gateway);
});
afterAll(() => gateway.close());
afterEach(() =>
  vi.waitFor(() => expect(new Set(Object.values(gateway.counts()))).toEqual(new Set([0])), {
    timeout: 60_000,
    interval: 10,
  }),
);

const merge = () => mergeCallMetadata(client, { call: { id: call }, metadata: { n: Math.random() } });

const KINDS = ['query', 'refused', 'subscription'] as const;
type Kind = (typeof KINDS)[number];

/** An operation as the client knows it; its name appears in each of its answers. */
interface Operation {
  id: string;
  name: string;
  kind: Kind;
  /** Completed by the client; GONE once the gateway has answered something sent later. */
  state: 'OPEN' | 'COMPLETED' | 'GONE';
  nexts: number;
  /** The last revision that it received: each change of the one call makes the next. */
  revision: number | null;
  isAnswered: boolean;
}

const DOCUMENTS: Record<Kind, (name: string) => string> = {
  query: (name) => `{ ${name}: viewer { name } }`,
  refused: (name) => `{ ${name} }`,
  subscription: (name) => `subscription { ${name}: callsChanged { revision } }`,
};

/** What a client may receive by the protocol; collects violations. */
class Model {
  readonly faults: string[] = [];
  readonly operations: Operation[] = [];

  take({ type, id, payload }: Message): void {
    if (type === 'pong' || type === 'connection_ack') return;
    const said = JSON.stringify(payload ?? null);
    const ofId = this.operations.filter((each) => each.id === id);
    const operation =
      type === 'complete'
        ? ofId.find(({ kind, nexts, isAnswered }) => kind === 'query' && nexts === 1 && !isAnswered)
        : ofId.find(({ name }) => said.includes(`"${name}"`) || said.includes(`\\"${name}\\"`));
    const fault = (why: string) => this.faults.push(`${why}: ${type} ${id} ${said} ${JSON.stringify(ofId)}`);
    if (operation === undefined) fault('that was never requested');
    else if (operation.state === 'GONE') fault('it was completed');
    else if (operation.isAnswered) fault('it was answered');
    else if (type === 'next') {
      operation.nexts += 1;
      if (operation.kind === 'refused') fault('it has no answer');
      const { revision } = payload.data?.[operation.name] ?? {};
      if (operation.revision !== null && revision !== operation.revision + 1)
        fault('that is not the next change');
      operation.revision = revision ?? null;
      if (operation.kind === 'query' && operation.nexts > 1) fault('it was answered twice');
    } else {
      operation.isAnswered = true;
      if (operation.kind !== (type === 'error' ? 'refused' : 'query')) fault('it does not end so');
    }
  }

  /** An open operation without an answer has this id. */
  isFree(id: string): boolean {
    return !this.operations.some((each) => each.id === id && each.state === 'OPEN' && !this.isOver(each));
  }

  isOver({ kind, isAnswered }: Operation): boolean {
    return kind !== 'subscription' && isAnswered;
  }

  open(kind: Kind): Operation[] {
    return this.operations.filter((each) => each.kind === kind && each.state === 'OPEN');
  }
}

let names = 0;
const writes: Promise<unknown>[] = [];

/** A client that sends random messages with few ids. */
async function race(random: Random): Promise<{ model: Model; close(): Promise<void> }> {
  const model = new Model();
  const plain = await openPlainSocket({ url: gateway.url, token: client.token }, (message) =>
    model.take(message),
  );
  const close = async () => {
    plain.socket.close();
    await plain.closed;
  };
  const subscribe = (id: string, kind: Kind) => {
    names += 1;
    const name = `o${names}`;
    model.operations.push({ id, name, kind, state: 'OPEN', nexts: 0, revision: null, isAnswered: false });
    plain.subscribe(id, DOCUMENTS[kind](name));
  };
  const complete = (id: string) => {
    for (const each of model.operations)
      if (each.id === id && each.state === 'OPEN') each.state = 'COMPLETED';
    plain.say({ type: 'complete', id });
  };
  const ids = ['1', '2', '3'];
  const steps = {
    subscribe: () => {
      const id = random.of(ids);
      // A client knows that an id is free after it completed the operation or received its end.
      if (!model.isFree(id)) return;
      subscribe(id, random.of(['query', 'refused', 'subscription', 'subscription'] as const));
    },
    complete: () => complete(random.of(ids)),
    ping: () => {
      const completed = model.operations.filter(({ state }) => state === 'COMPLETED');
      void plain.processed().then(() => {
        for (const each of completed) each.state = 'GONE';
      });
    },
    wait: () => sleep(random.below(4)),
    // If the machine is so busy that a write is refused, there are others.
    write: () => void writes.push(merge().catch(() => {})),
  };
  const draw = ['subscribe', 'subscribe', 'complete', 'complete', 'ping', 'wait', 'write'] as const;
  for (let step = 0; step < 80; step += 1) await steps[random.of(draw)]();
  if (random.below(3) === 0) {
    if (random.below(2) === 0) plain.socket.terminate();
    else plain.socket.close();
    await plain.closed;
    for (const each of model.operations) each.state = 'GONE';
    return { model, close };
  }
  // Chance alone need not leave an operation of each kind open, and another completed.
  for (const kind of KINDS) {
    subscribe(`open ${kind}`, kind);
    subscribe(`completed ${kind}`, kind);
    complete(`completed ${kind}`);
  }
  await plain.processed();
  for (const each of model.operations) if (each.state === 'COMPLETED') each.state = 'GONE';
  const unanswered = () =>
    [...model.open('query'), ...model.open('refused')].filter(({ isAnswered }) => !isAnswered);
  await vi.waitFor(() => expect(unanswered()).toEqual([]), { timeout: 60_000, interval: 5 });
  return { model, close };
}

it('WebSockets with random messages get answers by the protocol, and leave nothing', async () => {
  const seed = Date.now() % 1_000_000_007;
  const random = randomOf(seed);
  const clients = Array.from({ length: 24 }, () => race(randomOf(random.below(2 ** 31))));
  const raced = await Promise.all(clients);
  const models = raced.map(({ model }) => model);
  const open = models.flatMap((model) => model.open('subscription'));
  await Promise.all(writes);
  await gateway.subscribers(open.length);
  // The last write reaches all open operations, and no others.
  const { revision } = (await merge()).call;
  await vi.waitFor(() => expect(open.filter((each) => each.revision !== revision)).toEqual([]), {
    timeout: 60_000,
    interval: 5,
  });
  await Promise.all(raced.map(({ close }) => close()));
  expect(
    models.flatMap(({ faults }) => faults),
    `seed ${seed}`,
  ).toEqual([]);
  const operations = models.flatMap((model) => model.operations);
  for (const kind of KINDS) {
    const ofKind = operations.filter((each) => each.kind === kind);
    expect(ofKind.some(({ state }) => state === 'OPEN')).toBe(true);
    expect(ofKind.some(({ state }) => state !== 'OPEN')).toBe(true);
  }
  expect(operations.filter(({ kind, nexts }) => kind === 'subscription' && nexts > 0).length).toBeGreaterThan(
    0,
  );
});

it('WebSockets that are cut while they sign in leave nothing', async () => {
  const random = randomOf(Date.now() % 1_000_000_007);
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(UPGRADE);
      socket.write(masked({ type: 'connection_init', payload: { Authorization: `Bearer ${client.token}` } }));
      if (random.below(2) === 0) await sleep(random.below(10));
      for (const id of ['1', '2']) {
        const query = DOCUMENTS.subscription('x');
        socket.write(masked({ type: 'subscribe', id, payload: { query } }));
      }
      await sleep(random.below(15));
      if (random.below(2) === 0) socket.destroy();
      else socket.resetAndDestroy();
    }),
  );
});

it('event streams that are aborted at every moment leave nothing', async () => {
  const random = randomOf(Date.now() % 1_000_000_007);
  const ends: string[] = [];
  let writing = true;
  const writes = (async () => {
    while (writing) await merge();
  })();
  await Promise.all(
    Array.from({ length: 120 }, async () => {
      await sleep(random.below(100));
      const abort = new AbortController();
      const after = random.of(['time', 'head', 'data'] as const);
      if (after === 'time') setTimeout(() => abort.abort(), random.below(12));
      try {
        const response = await fetch(`${gateway.url}/stream`, {
          method: 'POST',
          headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: DOCUMENTS[random.of(['query', 'subscription'] as const)]('x') }),
          signal: abort.signal,
        });
        const reader = response.body?.getReader();
        if (after === 'head') setTimeout(() => abort.abort(), random.below(3));
        let chunks = 0;
        for (;;) {
          const { done } = (await reader?.read()) ?? { done: true };
          if (done) break;
          chunks += 1;
          if (after === 'data' && chunks > random.below(4)) abort.abort();
        }
        ends.push('whole');
      } catch {
        ends.push(after);
      }
    }),
  );
  writing = false;
  await writes;
  expect(new Set(ends)).toEqual(new Set(['whole', 'time', 'head', 'data']));
});
