import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestServer } from '../../support/standby.js';
import { CARRIERS, MUTATING, type Told } from './carriers.js';
import { fallbacksOf, merge, openWorld, type ReplicatedWorld, read, readsOf, untilStates } from './world.js';

let world: ReplicatedWorld;

beforeAll(async () => {
  world = await openWorld({ gateways: 2, standbys: 2, config: { persistedOperations: 'auto' } });
  for (const gateway of world.gateways) await untilStates(gateway, ['ok', 'ok']);
});

afterAll(() => world?.close());

const CLIENTS = 3;

type Step = { gateway: number } & (
  | { kind: 'read'; carrier: string }
  | { kind: 'write'; carrier: string }
  | { kind: 'tell'; to: number }
);

const gateway = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('read'), gateway, carrier: among(CARRIERS) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write'), gateway, carrier: among(MUTATING) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tell'), gateway, to: fc.nat(CLIENTS - 1) }) },
);

function among(carriers: object): fc.Arbitrary<string> {
  return fc.constantFrom(...Object.keys(carriers));
}

const TROUBLES = {
  paused: [(s) => s.run('select pg_wal_replay_pause()'), (s) => s.run('select pg_wal_replay_resume()')],
  hung: [(s) => s.signal('SIGSTOP'), (s) => s.signal('SIGCONT')],
  killed: [(s) => s.stop('SIGQUIT'), (s) => s.start()],
} satisfies Record<string, [begin: Trouble, end: Trouble]>;
type Trouble = (standby: TestServer) => Promise<void>;

const trouble = fc.record({
  kind: fc.constantFrom(...(Object.keys(TROUBLES) as (keyof typeof TROUBLES)[])),
  standby: fc.nat(1),
  milliseconds: fc.nat(400),
});

/** What a client has seen, and what tells the gateways of it. */
interface Client {
  name: string;
  written: number;
  known: Map<string, number>;
  tokens: string[];
}

it('no client reads older than what it has written, read or was told of', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 8, maxLength: 16 }), { minLength: CLIENTS, maxLength: CLIENTS }),
      fc.array(trouble, { minLength: 1, maxLength: 3 }),
      async (plans, troubles) => {
        const { token, call } = await world.organization();
        const clients = plans.map(
          (_, index): Client => ({ name: `n${index}`, written: 0, known: new Map(), tokens: [] }),
        );
        let isOver = false;
        const working = Promise.all(
          plans.map(async (steps, index) => {
            for (const each of steps) await take(each, clients[index] as Client, clients, { token, call });
          }),
        ).finally(() => {
          isOver = true;
        });
        const suffering = (async () => {
          for (const { kind, standby, milliseconds } of troubles) {
            if (isOver) return;
            const [begin, end] = TROUBLES[kind];
            const server = world.standbys[standby] as TestServer;
            await begin(server);
            await new Promise((resolve) => setTimeout(resolve, milliseconds));
            await end(server);
          }
        })();
        await Promise.all([working, suffering]);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
  // Otherwise nothing was tried.
  const total = (of: typeof readsOf | typeof fallbacksOf, name: string) =>
    world.gateways.reduce((sum, each) => sum + ((of(each) as Record<string, number>)[name] ?? 0), 0);
  expect(total(readsOf, 'replica')).toBeGreaterThan(20);
  expect(total(readsOf, 'primary')).toBeGreaterThan(20);
  expect(total(fallbacksOf, 'behind')).toBeGreaterThan(0);
});

async function take(
  each: Step,
  client: Client,
  clients: Client[],
  { token, call }: { token: string; call: string },
): Promise<void> {
  const { url } = world.gateways[each.gateway] as { url: string };
  if (each.kind === 'tell') {
    const other = clients[each.to] as Client;
    for (const [name, value] of client.known)
      other.known.set(name, Math.max(value, other.known.get(name) ?? 0));
    other.tokens = [...new Set([...other.tokens, ...client.tokens])];
    return;
  }
  const seen = [...client.tokens];
  // What the request names; what comes meanwhile, it need not be newer than.
  const known = new Map(client.known);
  if (each.kind === 'write') client.written += 1;
  const query = each.kind === 'write' ? merge(call, { [client.name]: client.written }) : read(call);
  const carry = (CARRIERS as Record<string, (typeof CARRIERS)[string]>)[each.carrier];
  const answer = (await carry?.({ url, token, query, seen })) as Told;
  expect(answer.errors).toEqual([]);
  const { metadata } = (each.kind === 'write' ? answer.data.mergeCallMetadata : answer.data).call;
  if (each.kind === 'write') known.set(client.name, client.written);
  for (const [name, value] of known) expect(metadata[name] ?? 0, name).toBeGreaterThanOrEqual(value);
  for (const [name, value] of Object.entries<number>(metadata)) {
    client.known.set(name, Math.max(value, client.known.get(name) ?? 0));
  }
  client.tokens = [...client.tokens.filter((each) => !seen.includes(each)), answer.seen ?? 'now'];
}
