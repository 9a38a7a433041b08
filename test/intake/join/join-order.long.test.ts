import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import postgres from 'postgres';
import { fromUUID } from 'typeid-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { joinCalls, upserted } from '../../events/events.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const idOf = (call: Data): string => uuidIn(call.id);
const join = async (call: Data, duplicate: Data) => {
  const { errors } = await joinCalls(client, { id: call.id }, { id: duplicate.id });
  expect(errors).toEqual([]);
};

type Session = postgres.Sql;

/** A transaction that has run its first statement and stays open until it gets the signal to commit. */
async function opened(begin: (session: Session) => Promise<unknown>) {
  const session = postgres(gateway.databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  onTestFinished(() => session.end({ timeout: 1 }));
  await session`begin`;
  await begin(session);
  return {
    session,
    commit: async () => {
      await session`commit`;
      await session.end();
    },
  };
}

const lock = (call: Data) => (session: Session) =>
  session`select from calls where id = ${idOf(call)} for no key update`;
const drawTransactionId = (session: Session) => session`select pg_current_xact_id()`;
const mergeIn = (session: Session, call: Data, key: string) => session`
  select m.outcome from calls c cross join lateral merge_call_metadata(c.organization_id, c.id, null, null, null,
    jsonb_build_object(${key}::text, 1), null, 100000, gen_random_uuid(), 'somebody') m
  where c.id = ${idOf(call)}`;

/** Resolves once a statement waits for a locked row. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await gateway.database.db.execute(sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        and wait_event in ('transactionid', 'tuple')`);
    if (row !== undefined) return;
    await sleep(2);
  }
}

interface Row {
  call: string;
  kind: string;
  revision: number | null;
  duplicate: string | null;
}

async function logOf(call: Data): Promise<Row[]> {
  const rows = await gateway.database.db.execute<{
    call_id: string;
    kind: string;
    revision: number | null;
    duplicate: string | null;
  }>(sql`
    select call_id, kind, revision, new_values -> 'duplicate' ->> 'id' as duplicate from call_changes
    where organization_id = (select organization_id from calls where id = ${idOf(call)}) order by label, seq`);
  return rows.map(({ call_id, kind, revision, duplicate }) => ({
    call: fromUUID(call_id, 'call'),
    kind,
    revision,
    duplicate: duplicate && fromUUID(duplicate, 'call'),
  }));
}

/** All changes of either record come before their join, in the order of its revisions. */
async function expectJoinedLast(call: Data): Promise<Row[]> {
  const log = await logOf(call);
  const joins = log.filter(({ kind, call: owner, duplicate }) => kind === 'JOINED' && owner !== duplicate);
  for (const joining of joins) {
    const place = log.indexOf(joining);
    expect(log.slice(place).filter(({ call: owner }) => owner === joining.duplicate)).toEqual([]);
    const leaving = log.findLastIndex(({ call: owner }) => owner === joining.duplicate);
    expect(log[leaving]).toMatchObject({ kind: 'JOINED', duplicate: joining.duplicate });
    expect(log.slice(leaving, place).filter(({ call: owner }) => owner === joining.call)).toEqual([]);
  }
  for (const owner of new Set(log.map((row) => row.call))) {
    const revisions = log.flatMap((row) => (row.call === owner ? (row.revision ?? []) : []));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  }
  return joins;
}

describe('the log has the changes of both records before JOINED', () => {
  it.each(['duplicate', 'call'])(
    'also those written to the %s after the join started and while it waited',
    async (written) => {
      const [child, first, second] = [
        await givenCall(client),
        await givenCall(client),
        await givenCall(client),
      ];
      const [call, duplicate] = written === 'call' ? [second, first] : [first, second];
      await upserted(client, { references: child.references, parent: { id: duplicate.id } });
      const holder = await opened(lock(first));
      // The join gets its transaction id from the child, which it locks first.
      const joining = join(call, duplicate);
      await untilBlocked();
      await mergeCallMetadata(client, { call: { id: second.id }, metadata: { later: 1 } });
      await holder.commit();
      await joining;
      expect(await expectJoinedLast(call)).toHaveLength(1);
    },
  );

  it('also those of a transaction that started before the join and commits while it waits', async () => {
    const [call, duplicate] = [await givenCall(client), await givenCall(client)];
    const early = await opened(drawTransactionId);
    const holder = await opened(lock(call));
    const joining = join(call, duplicate);
    await untilBlocked();
    await mergeIn(early.session, duplicate, 'early');
    await early.commit();
    await holder.commit();
    await joining;
    expect(await expectJoinedLast(call)).toHaveLength(1);
  });

  it('also in a chain of joins that all waited', async () => {
    const [first, child, call, between] = [
      await givenCall(client),
      await givenCall(client),
      await givenCall(client),
      await givenCall(client),
    ];
    await upserted(client, { references: child.references, parent: { id: between.id } });
    await upserted(client, { references: call.references, metadata: { a: 1 } });
    for (const [into, from] of [
      [between, first],
      [call, between],
    ]) {
      const holder = await opened(lock(into === call ? call : child));
      const joining = join(into, from);
      if (into === call) await untilBlocked();
      await mergeCallMetadata(client, { call: { id: from.id }, metadata: { [from.id]: 1 } });
      await holder.commit();
      await joining;
    }
    expect(await expectJoinedLast(call)).toHaveLength(2);
  });

  it('whichever transactions start, write and commit in between', async () => {
    const transaction = fc.record({
      of: fc.nat(2),
      does: fc.constantFrom('merge', 'merge', 'hold'),
      isEarly: fc.boolean(),
      /** Milliseconds before its start, its write and its end. */
      pauses: fc.tuple(fc.nat(8), fc.nat(4), fc.nat(24)),
    });
    const round = fc.record({
      transactions: fc.array(transaction, { minLength: 2, maxLength: 5 }),
      joinAfter: fc.nat(12),
      /** Which of three records is the call, the duplicate and its child: locks are taken in the order of ids. */
      order: fc.constantFrom([1, 2, 0], [1, 2, 0], [2, 1, 0], [1, 0, 2], [0, 1, 2]),
    });
    await fc.assert(
      fc.asyncProperty(round, async ({ transactions, joinAfter, order }) => {
        const made = [await givenCall(client), await givenCall(client), await givenCall(client)];
        const records = order.map((index) => made[index]);
        const [call, duplicate, child] = records;
        await upserted(client, { references: child.references, parent: { id: duplicate.id } });
        const runs = transactions.map(async ({ of, does, isEarly, pauses }, index) => {
          await sleep(pauses[0]);
          const { session, commit } = await opened(isEarly ? drawTransactionId : async () => {});
          await sleep(pauses[1]);
          if (does === 'hold') await lock(records[of])(session);
          else await mergeIn(session, records[of], `k${index}`);
          await sleep(pauses[2]);
          await commit();
        });
        await Promise.all([...runs, sleep(joinAfter).then(() => join(call, duplicate))]);
        expect((await expectJoinedLast(call)).length).toBeGreaterThan(0);
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
});
