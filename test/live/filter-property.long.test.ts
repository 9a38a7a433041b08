import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { fromUUID } from 'typeid-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Filter, finds } from '../calls/reference-filter.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { filtersAt, filtersFor, timed } from './drawn-filters.js';
import { firstCalls, makeFirstCalls, perform, type Write, writes } from './filter-writes.js';
import {
  type Collected,
  collect,
  type Expected,
  expectDelivered,
  type Made,
  type Snapshot,
  snapshot,
} from './filtered.js';
import { untilFinal } from './final-log.js';
import { openLiveClient, TRANSPORTS } from './transports.js';
import { until } from './until.js';

let gateway: TestGateway;
beforeAll(async () => {
  // Random filters may have more than a thousand nodes. The tests in graphql-server/limits cover the bound.
  gateway = await openTestGateway({ graphqlMaxFilterNodes: 100_000 });
});
afterAll(() => gateway.close());

const moves = { into: 0, out: 0, within: 0, outside: 0 };

async function newChanges(call: string, known: Set<string>, write: number): Promise<Made[]> {
  const rows = await gateway.database.db.execute<{ id: string; call_id: string; leaves: boolean }>(sql`
    select id, call_id, kind = 'JOINED' and new_values ? 'call' as leaves from call_changes where revision is not null
      and organization_id = (select organization_id from calls where id = ${uuidIn(call)}) order by label, seq`);
  const changes = rows
    .map(({ id, call_id, leaves }) => ({
      id: fromUUID(id, 'call_change'),
      call: fromUUID(call_id, 'call'),
      write,
      leaves,
    }))
    .filter(({ id }) => !known.has(id));
  for (const { id } of changes) known.add(id);
  return changes;
}

/**
 * A call's first change in a write is judged on the call before that write. The states between two changes are not
 * observable.
 */
const isFirst = (made: readonly Made[], { id, call, write }: Made) =>
  made.find((each) => each.call === call && each.write === write)?.id === id;

interface Judged {
  before(change: Made): boolean;
  now(change: Made): boolean;
  /** The lists do not show what a joined record was. */
  joined: ReadonlySet<string>;
  /** Of these calls, what was found before may have been the other record. */
  pair?: readonly string[];
}

function expectations(made: readonly Made[], { before, now, joined, pair = [] }: Judged): Expected[] {
  return made.map((change): Expected => {
    const matches = !change.leaves && now(change);
    const unknown = matches ? null : 'LEFT';
    if (joined.has(change.call) && !change.leaves)
      return { id: change.id, delivered: matches ? 'must' : 'may', matches, transition: unknown };
    const isKnown = isFirst(made, change);
    const was = isKnown && before(change);
    const transition =
      matches && isKnown && !pair.includes(change.call) ? (was ? 'STILL' : 'ENTERED') : unknown;
    const delivered = matches || was ? 'must' : isKnown ? 'never' : 'may';
    return { id: change.id, delivered, matches, transition };
  });
}

async function play(
  client: Client,
  ids: string[],
  moved: readonly Write[],
  drawn: Filter[],
  live: Collected[],
) {
  const snapshots: Snapshot[] = [await snapshot(client, drawn)];
  const made: Made[] = [];
  const known = new Set<string>();
  await newChanges(ids[0] ?? '', known, -1);
  const expected: Expected[][] = drawn.map(() => []);
  const joined = new Set<string>();
  for (const [number, write] of moved.entries()) {
    await perform(client, ids, write, 100 + number);
    const changes = await newChanges(ids[0] ?? '', known, number);
    made.push(...changes);
    const [before, now] = [snapshots.at(-1), await snapshot(client, drawn)];
    snapshots.push(now);
    const pair = joinedBy(write, ids, now);
    for (const id of pair) joined.add(id);
    for (const [index, wanted] of expected.entries()) {
      const has = (lists: Snapshot | undefined, { call }: Made) => lists?.found[index]?.has(call) ?? false;
      // A joined record leaves its lists: the call was found before if either of the two was.
      const had = (change: Made) =>
        pair.includes(change.call) && !change.leaves
          ? pair.some((id) => before?.found[index]?.has(id))
          : has(before, change);
      wanted.push(
        ...expectations(changes, { before: had, now: (each) => has(now, each), joined: new Set(), pair }),
      );
      for (const each of changes) {
        const [was, is] = [had(each), has(now, each)];
        moves[was ? (is ? 'within' : 'out') : is ? 'into' : 'outside'] += 1;
      }
    }
    // The next write waits until all have received this one, so that each is judged on the call right after it.
    await until(
      `write ${number} delivered`,
      () =>
        live.every(({ delivered, failures }, index) => {
          const due = (expected[index] ?? []).filter((each) => each.delivered === 'must');
          const got = new Set(delivered.map(({ id }) => id));
          return failures.length > 0 || due.every(({ id }) => got.has(id));
        }),
      20_000,
    ).catch(() => {});
  }
  return { snapshots, made, expected, joined };
}

function joinedBy(write: Write, ids: string[], now: Snapshot): string[] {
  if (write.kind !== 'join') return [];
  const pair = [ids[write.call] ?? '', ids[write.other] ?? ''];
  return pair.every((id) => now.calls.some((call) => call.id === id)) ? [] : pair;
}

const MARKERS: Write[] = [1, 2].map((marker) => ({ kind: 'merge', call: 0, metadata: { marker } }));

it('a change is delivered exactly when the filter finds its call, or found it just before; live and in replay', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TRANSPORTS),
      firstCalls.chain((first) => fc.tuple(fc.constant(first), filtersFor(first))),
      writes,
      async (transport, [first, chosen], drawnWrites) => {
        const client = await gateway.client();
        const ids = await makeFirstCalls(client, first);
        await untilFinal(gateway.databaseUrl);
        const { changeCursor } = await client.ask('{ changeCursor }');
        const start = Date.now();
        // The last one receives everything. The others subscribed earlier, so they have received theirs by then.
        const drawn = [...chosen.map((filter) => timed(filter, start)), {}];
        const subscriptions = openLiveClient(transport, gateway.url, client.token);
        try {
          const live = drawn.map((filter) => collect(subscriptions, filter, changeCursor));
          const played = await play(client, ids, [...MARKERS, ...drawnWrites], drawn, live);
          for (const [index, each] of live.entries()) {
            expectDelivered(each, played.expected[index] ?? [], 'live');
            await each.stop();
          }

          const times = played.snapshots.flatMap(({ calls }) => calls.map(({ updatedAt }) => updatedAt));
          const replayed = [...filtersAt(times.filter((_, index) => index % 9 === 0)), ...drawn];
          const replays = replayed.map((filter) => collect(subscriptions, filter, changeCursor));
          const last = played.snapshots.at(-1);
          const wanted = replayed.map((filter) => {
            const { joined } = played;
            const isOf = (id: string, call: string) => id === call || (joined.has(id) && joined.has(call));
            const has = (lists: Snapshot | undefined, { call, leaves }: Made) =>
              lists?.calls.some(
                (each) => (leaves ? each.id === call : isOf(each.id, call)) && finds(filter, each),
              ) ?? false;
            const before = (change: Made) => has(played.snapshots[change.write], change);
            return expectations(played.made, {
              before,
              now: (each) => has(last, each),
              joined: played.joined,
            });
          });
          await until(
            'the replays',
            () =>
              replays.every(({ delivered, failures }, index) => {
                const due = (wanted[index] ?? []).filter((each) => each.delivered === 'must');
                return failures.length > 0 || delivered.length >= due.length;
              }),
            20_000,
          ).catch(() => {});
          for (const [index, each] of replays.entries())
            expectDelivered(each, wanted[index] ?? [], 'in replay');
        } finally {
          await subscriptions.close();
        }
      },
    ),
    // Shrinking takes as long as the whole run, and the seed reproduces the example.
    { numRuns: 8, endOnFailure: true },
  );
  for (const [move, count] of Object.entries(moves)) expect(count, move).toBeGreaterThan(5);
});
