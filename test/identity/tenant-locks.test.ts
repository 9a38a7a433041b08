import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { ASKINGS } from './root-fields.js';
import { fresh, makeWorld, type Names, organizationOf, VOICE_CALL } from './world.js';

let gateway: TestGateway;
let owner: Client;
let stranger: Client;
let theirs: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  stranger = await gateway.client();
  theirs = await makeWorld(owner, gateway.database);
});
afterAll(() => gateway.close());

/** Tables of organizations, but for what sign-in reads. */
async function tables(): Promise<string[]> {
  const rows = await gateway.database.db.execute<{ name: string }>(sql`
    select t.relname as name from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attname = 'organization_id'
    where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace`);
  return rows.map(({ name }) => name);
}

const UPSERT = 'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { code } } }';

/** Writes that hold the locks of names, of groups, of links between calls and of the rendezvous while they wait for a row. */
const waiting = (): Promise<unknown>[] => {
  const reference = { system: 'OTHER', name: 'case', value: theirs.reference };
  const input = {
    references: [reference],
    groups: [{ kind: 'case', key: theirs.groupKey }],
    reason: 'again',
  };
  const { uid, sourceId, externalUuid } = theirs;
  return [
    owner.ask(UPSERT, { input }),
    owner.ask(UPSERT, {
      input: { references: [{ ...reference, value: theirs.child }], parent: { id: theirs.call } },
    }),
    owner.ask(
      'mutation ($call: CallLocator!) { mergeCallMetadata(call: $call, metadata: { b: 1 }) { errors { code } } }',
      { call: { reference } },
    ),
    owner.ask(
      'mutation ($input: CreateVoiceCallInput!) { createVoiceCall(input: $input) { errors { code } } }',
      { input: { ...VOICE_CALL, uid, sourceId, externalUuid } },
    ),
    owner.ask(
      'mutation ($input: RecordCallEventInput!) { recordCallEvent(input: $input) { errors { code } } }',
      { input: { target: { sessionId: fresh('session') }, eventTime: '2024-01-15T10:00:00Z', metadata: {} } },
    ),
  ];
};

it("never waits for another organization's locks, so timing reveals nothing", async () => {
  const names = await tables();
  let writes: Promise<unknown>[] = [];
  await gateway.database.transaction(async (tx) => {
    for (const name of names) {
      await tx.execute(
        sql`select 1 from ${sql.identifier(name)} where organization_id = ${organizationOf(theirs)} for update`,
      );
    }
    writes = waiting();
    await vi.waitFor(
      async () => {
        const [row] = await tx.execute<{ count: number }>(
          sql`select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(row?.count).toBeGreaterThanOrEqual(writes.length - 1);
      },
      { timeout: 60_000 },
    );
    for (const { field, by, document, variables } of ASKINGS) {
      // Postgres ends a transaction that is idle for long.
      await tx.execute(sql`select 1`);
      const { status, errors } = await stranger.send(document, variables(theirs));
      // It has no payload for its refusal.
      const code = field === 'replayInboundMessages' ? 'NOT_FOUND' : undefined;
      expect({ field, by, status, code: errors?.[0]?.extensions.code }).toEqual({
        field,
        by,
        status: 200,
        code,
      });
    }
    const own = await makeWorld(stranger, gateway.database);
    // A link between calls that are there already.
    const references = [{ system: 'OTHER', name: 'case', value: own.child }];
    await stranger.ask(UPSERT, { input: { references, parent: { id: own.call } } });
    // Theirs wait still: what has just been answered met all their locks.
    const pending = Symbol('pending');
    expect(await Promise.race([...writes.slice(0, 4), Promise.resolve(pending)])).toBe(pending);
  });
  await Promise.all(writes);
});
