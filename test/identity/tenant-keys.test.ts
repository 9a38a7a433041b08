import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseErrorCode } from '../../src/foundation/unavailable.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { makeWorld, type Names, organizationOf } from './world.js';

let gateway: TestGateway;
let ours: Names;
let theirs: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  const client = await gateway.client();
  ours = await makeWorld(client, gateway.database);
  await client.ask(WAIT_FOR_A_NUMBER);
  await makeLeftovers();
  theirs = await makeWorld(await gateway.client(), gateway.database);
});
afterAll(() => gateway.close());

/** Rows that large sets, full calls and pruning leave: of an event that was refused, a step still to be taken, a checkpoint. */
async function makeLeftovers(): Promise<void> {
  const { db } = gateway.database;
  await db.execute(sql`
    insert into call_event_refusals (organization_id, event_id, call_id)
    select organization_id, event_id, call_id from call_event_calls
    where organization_id = ${organizationOf(ours)} limit 1`);
  await db.execute(sql`
    insert into event_admissions (organization_id, id, actor) values (${organizationOf(ours)}, gen_random_uuid(), 'test')`);
  await db.execute(sql`
    insert into call_checkpoints (organization_id, call_id)
    select organization_id, id from calls where organization_id = ${organizationOf(ours)} limit 1`);
  await db.execute(sql`
    insert into checkpoint_patches (organization_id, call_id, effective_at, arrival, patch, id, kind, actor, recorded_at)
    select organization_id, call_id, now(), 1, '{}', gen_random_uuid(), 'METADATA_MERGED', 'test', now()
    from call_checkpoints where organization_id = ${organizationOf(ours)}`);
}

/** So that there is a row of what a rule waits for. */
const WAIT_FOR_A_NUMBER = `mutation {
  createMatchRule(input: { name: "number", metadataPath: ["ani"], callField: FROM }) { errors { message } }
  recordCallEvent(input: { eventTime: "2024-01-15T10:00:00Z", metadata: { ani: "+14155550100" } }) { event { match } }
}`;

interface Pointer extends Record<string, unknown> {
  table: string;
  column: string;
  target: string;
}

/** Every column by which a row points to another one. */
async function pointers(): Promise<Pointer[]> {
  const rows = await gateway.database.db.execute<Pointer>(sql`
    select t.relname as table, a.attname as column, r.relname as target
    from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class r on r.oid = k.confrelid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = any(k.conkey)
    where k.contype = 'f' and t.relnamespace = 'public'::regnamespace and a.attname <> 'organization_id'
    order by 1, 2`);
  return [...rows];
}

/** What the database says when all rows of ours are pointed to a row of theirs; or how many rows it let through. */
async function redirected({ table, column, target }: Pointer): Promise<string> {
  const undo = new Error('undo');
  let outcome = '';
  const { db } = gateway.database;
  await db
    .transaction(async (tx) => {
      const moved = await tx.execute(sql`
        update ${sql.identifier(table)} set ${sql.identifier(column)} =
          (select id from ${sql.identifier(target)} where organization_id = ${organizationOf(theirs)} limit 1)
        where organization_id = ${organizationOf(ours)} returning 1`);
      // Keys that are looked at no sooner than at the commit.
      await tx.execute(sql`set constraints all immediate`);
      outcome = `${moved.length} rows`;
      throw undo;
    })
    .catch((error) => {
      if (error !== undo) outcome = databaseErrorCode(error) ?? String(error);
    });
  return outcome;
}

it('no row can point into another organization: the database itself refuses it', async () => {
  const all = await pointers();
  expect(all.length).toBeGreaterThan(10);
  const outcomes: Record<string, string> = {};
  for (const pointer of all) outcomes[`${pointer.table}.${pointer.column}`] = await redirected(pointer);
  const foreignKeyViolation = '23503';
  expect(outcomes).toEqual(
    Object.fromEntries(Object.keys(outcomes).map((name) => [name, foreignKeyViolation])),
  );
});
