import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

const CALLS = 100_001;
const TOTAL = 'totalCount totalCountIsEstimate';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
  client = await gateway.client({ organization: 'many' });
  const { db } = gateway.database;
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into calls (organization_id, id, direction, status, tags, metadata, flow_revision, revision, change_label, created_at,
        updated_at)
      select o.organization_id, lpad(to_hex(number), 32, '0')::uuid, 'INBOUND', case number when 1 then 'BUSY' else 'COMPLETED' end,
        '{}', jsonb_strip_nulls(jsonb_build_object('rare', case number when 1 then true end)), 0, 1, 1, now(), now()
      from organizations o cross join generate_series(1, ${CALLS}::int) number where o.slug = 'many'`);
    await tx.execute(sql`
      insert into call_groups (organization_id, id, kind, key)
      select organization_id, organization_id, 'case', 'all' from organizations where slug = 'many'`);
    await tx.execute(sql`
      insert into call_group_members (organization_id, group_id, call_id)
      select organization_id, organization_id, id from calls`);
  });
  await db.execute(sql`analyze calls, call_group_members`);
});
afterAll(() => gateway.close());

const isAbout = (count: number) => count >= CALLS && count < 1.2 * CALLS;

describe('a totalCount', () => {
  it('of very many is an estimate, and says so', async () => {
    const { calls } = await client.ask(`{ calls(first: 1) { ${TOTAL} nodes { id } } }`);
    expect(calls).toMatchObject({ totalCountIsEstimate: true, nodes: [{}] });
    expect(calls.totalCount).toSatisfy(isAbout);
  });

  it('of few among them is exact', async () => {
    const { calls } = await client.ask(`{ calls(filter: { status: [BUSY] }) { ${TOTAL} } }`);
    expect(calls).toEqual({ totalCount: 1, totalCountIsEstimate: false });
  });

  it('of as many as are counted is exact', async () => {
    const { calls } = await client.ask(`{ calls(filter: { status: [COMPLETED] }) { ${TOTAL} } }`);
    expect(calls).toEqual({ totalCount: CALLS - 1, totalCountIsEstimate: false });
  });

  it('of a nested list is an estimate for the owner that has very many alone', async () => {
    const { callGroup } = await client.ask(`{ callGroup(group: { kind: "case", key: "all" }) {
      all: calls(first: 1) { ${TOTAL} nodes { children { ${TOTAL} } } }
      busy: calls(filter: { status: [BUSY] }) { ${TOTAL} }
      inbound: calls(filter: { direction: [INBOUND] }) { ${TOTAL} }
    } }`);
    expect(callGroup.all).toMatchObject({
      totalCountIsEstimate: true,
      nodes: [{ children: { totalCount: 0, totalCountIsEstimate: false } }],
    });
    expect(callGroup.all.totalCount).toSatisfy(isAbout);
    expect(callGroup.busy).toEqual({ totalCount: 1, totalCountIsEstimate: false });
    expect(callGroup.inbound.totalCountIsEstimate).toBe(true);
    expect(callGroup.inbound.totalCount).toBeGreaterThanOrEqual(CALLS);
  });
});

describe('where every row takes Postgres very long', () => {
  beforeAll(async () => {
    const { db } = gateway.database;
    await db.execute(sql`alter table calls rename to stored_calls`);
    await db.execute(sql`create view calls as select * from stored_calls where pg_sleep(60) is not null`);
  });

  it('a totalCount is an estimate', async () => {
    const { calls } = await client.ask(`{ calls { ${TOTAL} } }`);
    expect(calls).toEqual({ totalCount: expect.any(Number), totalCountIsEstimate: true });
  });

  it.each([
    ['direction: [INBOUND], hasVoiceCall: false', 'CREATED_AT', 'direction and hasVoiceCall'],
    ['direction: [INBOUND], hasVoiceCall: false', 'DURATION', 'direction and hasVoiceCall'],
    ['metadata: { contains: { rare: true } }', 'CREATED_AT', 'metadata'],
  ])('a list of { %s } by %s ends, with an error that names %s', async (filter, field, names) => {
    const { data, errors } = await client.send(
      `{ calls(filter: { ${filter} }, orderBy: { field: ${field} }) { nodes { id } } viewer { name } }`,
    );
    expect(data).toMatchObject({ calls: null, viewer: {} });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['calls', 'nodes'],
        message: expect.stringContaining(`filter: no index serves ${names} here`),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ]);
  });
});
