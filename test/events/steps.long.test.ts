import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { EventAdmissions } from '../../src/events/event-admissions.service.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { IdentityService } from '../../src/identity/identity.service.js';
import type { Viewer } from '../../src/identity/viewer.js';
import { IntakeService } from '../../src/intake/intake.service.js';
import { MetadataService } from '../../src/metadata/metadata.service.js';
import { openGatewayOn } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { session } from './events.js';
import { faults } from './faults.js';
import { addWaiting, allLetIn, causesLeft, PLAIN, plainFold } from './waiting.js';

const LIMITS = { metadataMaxBytes: 262_144, metadataMaxDepth: 32 };
const REFERENCE = { ...session('long'), system: 'CREOVAI' as const };
/** More than fit in two steps. */
const MANY = 4_100;

let test: TestDatabase;
let database: Database;
let viewer: Viewer;

/** A database with waiting events, and no gateway that would admit them. */
beforeEach(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 8 });
  const { token } = await new ApiKeyService(database).create({
    organization: 'steps',
    name: 'test key',
    kind: 'APP',
    staffUid: null,
    scopes: ['ADMIN'],
    expiresAt: null,
  });
  viewer = (await new IdentityService(database).viewerOf(token)) as Viewer;
  const { id: organization } = viewer.organization;
  await addWaiting({ database }, { organization, count: MANY, session: 'long', metadata: PLAIN });
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

/** Runs the write's own step only, like a process that is killed after its commit. */
async function upsertAndDie(metadata?: Record<string, unknown>) {
  const admissions = new EventAdmissions(database, LIMITS);
  await admissions.close();
  const input = { path: [], references: [REFERENCE], ...(metadata && { metadata }) };
  return (await new IntakeService(admissions).upsertCall(viewer, input)).call;
}

async function matched() {
  const [row] = await database.db.execute<{ count: number; metadata: object }>(sql`
    select (select count(*)::int from call_events where match = 'MATCHED') as count, metadata from calls`);
  if (row === undefined) throw new Error('there is no call');
  const { count, metadata } = row;
  return { count, metadata };
}

async function expectAll(): Promise<void> {
  expect(await matched()).toEqual({ count: MANY, metadata: plainFold(MANY) });
  expect(await causesLeft({ database })).toBe(0);
  expect(await faults({ database })).toEqual([]);
}

describe('more events than one step takes', () => {
  it('wait until the next write to the call runs the next step, in the order of their times', async () => {
    let call = await upsertAndDie();
    for (let steps = 1; (await causesLeft({ database })) > 0; steps += 1) {
      const { last } = call.metadata;
      expect(call).toMatchObject({ revision: steps, metadata: plainFold(Number(last)) });
      expect(await matched()).toEqual({ count: last, metadata: call.metadata });
      call = await upsertAndDie();
    }
    expect(call.revision).toBeGreaterThan(2);
    await expectAll();
  });

  it('are admitted by the next gateway that starts', async () => {
    await upsertAndDie();
    expect(await causesLeft({ database })).toBe(1);
    const gateway = await openGatewayOn(test.url);
    try {
      await allLetIn({ database });
      await expectAll();
      expect(gateway.log).toEqual([]);
    } finally {
      await gateway.close();
    }
  });

  it('are left by a process that ends between two steps, and continued by the next', async () => {
    await upsertAndDie();
    const ending = new EventAdmissions(database, LIMITS);
    await ending.begin();
    await ending.close();
    expect(await causesLeft({ database })).toBe(1);
    const { count, metadata } = await matched();
    expect(count).toBeLessThan(MANY);
    expect(metadata).toEqual(plainFold(count));
    const next = new EventAdmissions(database, LIMITS);
    await next.begin();
    await allLetIn({ database });
    await next.close();
    await expectAll();
  });

  it('are admitted once each by several processes at once, during writes to the call', async () => {
    const { id } = await upsertAndDie({ own: true });
    const processes = [1, 2, 3].map(() => new EventAdmissions(database, LIMITS));
    await Promise.all(processes.map((each) => each.begin()));
    const metadata = new MetadataService(database, LIMITS);
    const target = { id, path: [], label: 'the call' };
    let merged = 0;
    for (; (await causesLeft({ database })) > 0; merged += 1) {
      await metadata.merge(viewer, { target, patch: { merged }, expectedRevision: null, path: [] });
      await upsertAndDie();
    }
    await Promise.all(processes.map((each) => each.close()));
    expect(await matched()).toEqual({
      count: MANY,
      metadata: { ...plainFold(MANY), own: true, ...(merged > 0 && { merged: merged - 1 }) },
    });
    expect(await faults({ database })).toEqual([]);
  });

  it('are found by a process that searches at intervals', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const looking = new EventAdmissions(database, LIMITS);
    try {
      await looking.begin();
      await upsertAndDie();
      expect(await causesLeft({ database })).toBe(1);
      vi.advanceTimersByTime(30_000);
      await allLetIn({ database });
    } finally {
      vi.useRealTimers();
      await looking.close();
    }
    await expectAll();
  });

  it('are admitted in smaller steps if larger ones time out', async () => {
    await upsertAndDie();
    await database.db.execute(sql`
      create function refuse() returns trigger language plpgsql as $$ begin
        if (select count(*) from added) > 100 then raise 'canceling statement due to statement timeout'
          using errcode = 'query_canceled'; end if;
        return null; end $$`);
    await database.db.execute(sql`
      create trigger slow after insert on call_event_calls referencing new table as added
        for each statement execute function refuse()`);
    const failed: unknown[] = [];
    const patient = new EventAdmissions(database, LIMITS, (error) => failed.push(error));
    try {
      await patient.begin();
      await allLetIn({ database });
    } finally {
      await patient.close();
    }
    expect(failed.length).toBeGreaterThan(2);
    await expectAll();
  });
});
