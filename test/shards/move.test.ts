import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.js';
import { moverConnection } from '../../src/db/moving/mover-connection.js';
import { OrganizationCopy } from '../../src/db/moving/organization-copy.js';
import { moveOrganization } from '../../src/identity/organization-move.service.js';
import { fingerprint } from '../errors/fingerprint.js';
import { makeRichWorld } from '../graphql-server/execution/rich-world.js';
import { CALLS_CHANGED, followOver, wsClient } from '../live/followers.js';
import { partsOf, prune, turnLog } from '../retention/prune.js';
import { upsertCall } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { givenHook, post } from '../vendors/inbound/hooks.js';

let tests: TestDatabase[];
let gateway: TestGateway;
let client: Client;
let organizationId: string;

beforeEach(async () => {
  tests = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  const [first, ...others] = tests.map(({ url }) => url);
  gateway = await openGatewayOn(first as string, { vendors: false }, async () => {}, 'silent', {}, others);
  client = await gateway.client();
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  organizationId = uuidIn(viewer.organization.id);
});
afterEach(async () => {
  await gateway.close();
  for (const test of tests) await test.drop();
});

const on = (shard: number) => gateway.databases[shard] as Database;
const move = (to: number, options: Partial<Parameters<typeof moveOrganization>[0]> = {}) =>
  moveOrganization({
    ...{ organizationId, to, report: () => {}, signal: new AbortController().signal },
    grace: { readers: 1_500, writers: 2_000 },
    urls: tests.map(({ url }) => url),
    ...options,
  });
const named = (value: string) => ({ references: [{ system: 'OTHER', name: 'case', value }] });

const EMPTY = /^0 rows $/;

/** Of all its rows, but for what belongs to a database. */
async function rowsOf(shard: number) {
  const { api_keys, organizations, ...tables } = await fingerprint(on(shard), organizationId);
  // The log need not have the same empty parts.
  const parts = Object.entries(tables).filter(
    ([name, rows]) => !/^call_changes_\d/.test(name) || !EMPTY.test(rows),
  );
  return Object.fromEntries(parts);
}
const isEmpty = async (shard: number) => Object.values(await rowsOf(shard)).every((each) => EMPTY.test(each));

const HISTORY = `query { changeCursor calls(orderBy: { field: CREATED_AT, direction: ASC }) { nodes {
  id revision metadata references { value } history { nodes { id kind actor } } callFlows { nodes { id } }
} } }`;

describe('a move', () => {
  it('takes all rows along, there, on and back, and what follows comes after them', async () => {
    await makeRichWorld(client, on(0));
    // As of a server that has restored the log often.
    await on(0).db.execute(sql`update log_epoch set epoch = epoch + 40`);
    await upsertCall(client, named('late'));
    // The log of the second one has gone on, and has no part for what is older.
    await turnLog({ database: on(1) });
    await prune({ database: on(1) }, { log: 0 });
    expect(await partsOf({ database: on(1) })).not.toContain('call_changes_first');
    const before = await rowsOf(0);
    const { changeCursor, ...shown } = await client.ask(HISTORY);
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      expect((await move(to))?.rows).toBeGreaterThan(50);
      expect(await rowsOf(to)).toEqual(before);
      expect(await isEmpty(from)).toBe(true);
      const { changeCursor: _, ...now } = await client.ask(HISTORY);
      expect(now).toEqual(shown);
      const places = await on(0).db.execute<{ shard: number; held_at: null }>(
        sql`select shard, held_at from organizations`,
      );
      expect([...places]).toEqual([{ shard: to, held_at: null }]);
    }
    const follower = followOver('sse', { url: gateway.url, token: client.token }, CALLS_CHANGED, {
      after: changeCursor,
    });
    const { call } = await upsertCall(client, named('after'));
    expect(await follower.until(1)).toMatchObject([{ call: { id: call.id } }]);
  });

  it('loses no write and no change beside it, and no client sees more than an answer to try again', async () => {
    for (let made = 0; made < 20; made += 1) await upsertCall(client, named(`before-${made}`));
    const seen: string[] = [];
    let after: string | undefined;
    const follow = (): Promise<void> =>
      new Promise((resolve) => {
        const socket = wsClient({ url: gateway.url, token: client.token });
        socket.subscribe(
          { query: CALLS_CHANGED, variables: { after } },
          {
            next: ({ data }) => {
              const { callsChanged } = data as { callsChanged: { id: string; cursor: string } };
              seen.push(callsChanged.id);
              after = callsChanged.cursor;
            },
            error: () => resolve(),
            complete: () => resolve(),
          },
        );
      });
    let isOver = false;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { changeCursor } = await client.ask('{ changeCursor }');
    after = changeCursor;
    const following = (async () => {
      for (let isEnded = false; !isEnded; ) {
        isEnded = await Promise.race([follow().then(() => false), over.then(() => true)]);
      }
    })();
    const refused = new Set<string>();
    let written = 0;
    const writer = async (name: string) => {
      for (let made = 0; !isOver; made += 1) {
        const answer = await client.send(
          `mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { message } } }`,
          { input: { ...named(`${name}-${made % 7}`), metadata: { [`m${made % 3}`]: made } } },
        );
        if (answer.errors) refused.add(answer.errors[0]?.extensions.code as string);
        else written += 1;
      }
    };
    const writing = ['a', 'b', 'c'].map(writer);
    const moved = await move(1).finally(async () => {
      isOver = true;
      await Promise.all(writing);
    });
    const { calls } = await client.ask('{ calls { totalCount } }');
    expect(calls.totalCount).toBeGreaterThan(20);
    expect(moved?.closed).toBeLessThan(10_000);
    expect([...refused].filter((code) => code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
    expect(written).toBeGreaterThan(0);
    const { db } = on(1);
    const logged = async () => {
      const rows = await db.execute<{ id: string }>(
        sql`select id from call_changes where organization_id = ${organizationId} and revision is not null order by label, seq`,
      );
      return rows.map(({ id }) => id).slice(20);
    };
    const all = await logged();
    await expect.poll(() => new Set(seen.map(uuidIn)).size, { timeout: 30_000 }).toBe(all.length);
    expect([...new Set(seen.map(uuidIn))]).toEqual(all);
    end();
    await following;
    expect(await isEmpty(0)).toBe(true);
  });

  it('is undone where it is broken off, and goes on where it was killed', async () => {
    await makeRichWorld(client, on(0));
    const before = await rowsOf(0);
    const stop = new AbortController();
    const report = (what: string) => {
      if (what.startsWith('compares')) stop.abort(new Error('enough'));
    };
    await expect(move(1, { report, signal: stop.signal })).rejects.toThrow('enough');
    expect(await rowsOf(0)).toEqual(before);
    expect(await isEmpty(1)).toBe(true);
    expect([...(await on(1).db.execute(sql`select from organizations`))]).toEqual([]);
    const triggers = sql`select tgname from pg_trigger where tgname like 'move_insert%'`;
    expect([...(await on(0).db.execute(triggers))]).toEqual([]);

    // A killed one leaves rows there, and notes.
    const [from, to] = await Promise.all(
      [0, 1].map((shard) => moverConnection(tests[shard]?.url as string, organizationId, {})),
    );
    const copy = new OrganizationCopy(from as Sql, to as Sql);
    await copy.begin();
    await copy.copy(() => {});
    await Promise.all([from?.end(), to?.end()]);
    await upsertCall(client, named('noted'));
    // As it had read them.
    await on(0).db.execute(sql`delete from moved_rows`);
    const whole = await rowsOf(0);
    expect(await move(1)).not.toBeNull();
    expect(await rowsOf(1)).toEqual(whole);
    expect(await move(1)).toBeNull();
  });

  it('has webhooks of the organization found where it is', async () => {
    const hook = await givenHook(gateway, client, { system: 'BIRD' });
    const deliver = (id: string) =>
      post(gateway, new URL(hook.url).pathname, { event: 'voice.inbound', payload: { id } });
    expect(await deliver('one')).toMatchObject({ status: 200 });
    await move(1);
    expect(await deliver('two')).toMatchObject({ status: 200 });
    const [row] = await on(1).db.execute(sql`select count(*)::int as messages from inbound_messages`);
    expect(row).toEqual({ messages: 2 });
  });
});
