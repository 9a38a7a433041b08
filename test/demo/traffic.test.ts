import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoOrganization, isDemo, NotDemo } from '../../src/demo/demo-organization.js';
import { seedDemo } from '../../src/demo/seed.js';
import { Traffic } from '../../src/demo/traffic/traffic.js';
import { trafficOptions } from '../../src/demo/traffic/traffic-options.js';
import { type Client, clientOf, openTestGateway, type TestGateway } from '../support/gateway.js';
import { openSimulating } from '../support/simulating.js';

let gateway: TestGateway;
let demo: Client;
let other: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  const seeded = await seedDemo(gateway.database);
  demo = clientOf(gateway.url, seeded?.token ?? '', `Bearer ${seeded?.token}`);
  other = await gateway.client({ organization: 'acme' });
});
afterAll(() => gateway.close());

const DAY = { day: '2026-03-02', calls: 150 };
const PLACE = { config: {}, burkiUrl: null };
const IN_DAY = { occurredAt: { from: '2026-03-02T00:00:00Z', to: '2026-03-03T00:00:00Z' } };

async function run(given: Record<string, unknown>): Promise<Traffic> {
  const { organization } = await demoOrganization(gateway.database, 'demo');
  return new Traffic({ ...PLACE, database: gateway.database, organization }, trafficOptions(given));
}

const count = async (client: Client, filter: object = {}): Promise<number> => {
  const { calls } = await client.ask(
    'query ($filter: CallFilter) { calls(filter: $filter) { totalCount } }',
    { filter },
  );
  return calls.totalCount;
};

describe('a simulated day', () => {
  let day: Traffic;
  beforeAll(async () => {
    day = await run(DAY);
    await day.ended;
  });

  it('is written as it was planned, and nothing of it is refused', async () => {
    expect([day.state, day.calls, day.refused]).toEqual(['DONE', 150, 0]);
    expect(await count(demo, IN_DAY)).toBe(150);
  });

  it('has something for every screen', async () => {
    const { byStatus, bySystem, byStaff, byTag, byHour, ...figures } = await demo.ask(
      `query ($filter: CallFilter!) {
        byStatus: callFacet(field: STATUS, filter: $filter) { value calls }
        bySystem: callFacet(field: SYSTEM, filter: $filter) { value }
        byStaff: callFacet(field: STAFF, filter: $filter) { value }
        byTag: callFacet(field: TAG, filter: $filter) { value }
        byHour: callStatistics(filter: $filter, by: [{ occurredAt: HOUR }]) { keys calls }
        all: callStatistics(filter: $filter) { costs { currency } }
        recorded: calls(filter: { and: [$filter, { hasRecording: true }] }) { totalCount }
        voice: calls(filter: { and: [$filter, { hasVoiceCall: true }] }) { totalCount }
        matched: callEvents(filter: { match: [MATCHED] }) { totalCount }
        waiting: callEvents(filter: { match: [PENDING] }) { totalCount }
        unclear: callEvents(filter: { match: [AMBIGUOUS] }) { totalCount nodes { candidates { totalCount } } }
      }`,
      { filter: IN_DAY },
    );
    const values = (facet: { value: string }[]) => facet.map(({ value }) => value).toSorted();
    expect(values(byStatus)).toEqual(
      expect.arrayContaining(['CANCELED', 'COMPLETED', 'NO_ANSWER', 'VOICEMAIL']),
    );
    // A day that is over has no call under way.
    expect(values(byStatus)).not.toEqual(expect.arrayContaining(['RINGING']));
    expect(values(byStatus)).not.toEqual(expect.arrayContaining(['IN_PROGRESS']));
    expect(values(bySystem)).toEqual(['BIRD', 'BURKI', 'CREOVAI', 'VCITA']);
    expect(byStaff.length).toBeGreaterThan(3);
    expect(byTag.length).toBeGreaterThan(5);
    expect(byHour.length).toBeGreaterThan(9);
    expect(figures.all[0].costs.map(({ currency }: { currency: string }) => currency)).toEqual([
      'EUR',
      'GBP',
      'USD',
    ]);
    for (const list of ['recorded', 'voice', 'matched', 'waiting', 'unclear']) {
      expect([list, figures[list].totalCount > 0]).toEqual([list, true]);
    }
    for (const { candidates } of figures.unclear.nodes) expect(candidates.totalCount).toBeGreaterThan(1);
  });

  it('has transferred calls with parents, groups, flows and transcripts', async () => {
    const { calls } = await demo.ask(
      `query ($filter: CallFilter) {
        calls(filter: $filter, first: 150) {
          nodes {
            references { system } parent { id } groups { kind calls { totalCount } } metadata
            transcripts { lines { speaker start end text } } recordings { id } voiceCall { status } cost { total }
            events { totalCount }
            callFlows(first: 2) { nodes { status commands { status } } }
            history(first: 20) { nodes { kind actor newValues } }
          }
        }
      }`,
      { filter: IN_DAY },
    );
    // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the document above
    const some = (holds: (call: any) => boolean) => calls.nodes.filter(holds).length;
    expect(some(({ parent }) => parent !== null)).toBeGreaterThan(3);
    expect(
      some(({ groups }) => groups.some((group: { kind: string }) => group.kind === 'case')),
    ).toBeGreaterThan(0);
    const replaced = calls.nodes.filter(
      ({ callFlows }: { callFlows: { nodes: object[] } }) => callFlows.nodes.length === 2,
    );
    expect(replaced.length).toBeGreaterThan(2);
    for (const { callFlows } of replaced) {
      expect(callFlows.nodes[0]).toEqual({
        status: 'ACTIVE',
        commands: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }],
      });
    }
    const whole = calls.nodes.filter(
      ({ references }: { references: { system: string }[] }) =>
        new Set(references.map(({ system }) => system)).size === 4,
    );
    expect(whole.length).toBeGreaterThan(0);
    for (const { callFlows, transcripts, recordings, voiceCall, cost, events } of whole) {
      expect([callFlows.nodes.length, transcripts.length, recordings.length]).toEqual([2, 2, 1]);
      expect([voiceCall.status, cost !== null]).toEqual(['ANSWERED_BY_CALLS_PROVIDER', true]);
      expect(events.totalCount).toBeGreaterThan(0);
    }
    expect(some(({ transcripts }) => transcripts.length > 0)).toBeGreaterThan(50);
    expect(some(({ metadata }) => metadata.outcome !== undefined)).toBeGreaterThan(20);
    const words = calls.nodes.flatMap(
      ({ history }: { history: { nodes: { newValues: { vendorStatus?: string } }[] } }) => [
        history.nodes.toReversed().flatMap(({ newValues }) => newValues.vendorStatus ?? []),
      ],
    );
    expect(words).toContainEqual(['starting', 'ringing', 'ongoing', 'completed']);
    expect(words).toContainEqual(['in-progress', 'completed']);
    expect(words).toContainEqual(['INCOMING_CALL', 'MISSED', 'MISSED_CALL_HANDLED']);
    expect(words).toContainEqual(['accepted', 'starting', 'ringing', 'no-answer']);
    expect(words).toContainEqual(['InProgress', 'Concluded']);
  });

  it('is the same when it is written again, and another one for another seed', async () => {
    const again = await run(DAY);
    await again.ended;
    expect([again.state, again.refused]).toEqual(['DONE', 0]);
    expect(await count(demo, IN_DAY)).toBe(150);
    const another = await run({ ...DAY, calls: 10, seed: 2 });
    await another.ended;
    expect(await count(demo, IN_DAY)).toBe(160);
  });
});

describe('another organization', () => {
  it('is given none, whatever its name', async () => {
    const { viewer } = await other.ask('{ viewer { organization { slug } } }');
    await expect(demoOrganization(gateway.database, viewer.organization.slug)).rejects.toThrow(NotDemo);
    const id = '01a22f04-1698-7f56-89c4-45a502b04a72';
    const organization = { id, slug: 'demo', name: 'demo' };
    const where = { ...PLACE, database: gateway.database, organization };
    expect(() => new Traffic(where, trafficOptions({}))).toThrow(NotDemo);
    expect(await count(other)).toBe(0);
    const { callEvents, matchRules } = await other.ask('{ callEvents { totalCount } matchRules { id } }');
    expect([callEvents.totalCount, matchRules]).toEqual([0, []]);
  });

  it('that the demo makes is known by its id', async () => {
    const made = await demoOrganization(gateway.database, 'demo-two');
    expect([made.isNew, isDemo(made.organization.id)]).toEqual([true, true]);
    expect(await demoOrganization(gateway.database, 'demo-two')).toEqual({ ...made, isNew: false });
  });
});

describe('live calls', () => {
  const UNDER_WAY = { status: ['RINGING', 'IN_PROGRESS', 'STARTING', 'QUEUED'] };

  it('happen now, and are ended when they are stopped', async () => {
    const began = Date.now();
    // An example call of the documents is one that starts.
    const before = await count(demo, UNDER_WAY);
    const live = await run({ live: true, perSecond: 100, speed: 10, seed: 4 });
    await expect.poll(() => live.writes).toBeGreaterThan(150);
    expect(await count(demo, UNDER_WAY)).toBeGreaterThan(before);
    await live.stop();
    expect([live.state, live.refused]).toEqual(['STOPPED', 0]);
    expect(await count(demo, UNDER_WAY)).toBe(before);
    const { calls } = await demo.ask('{ calls(first: 1) { nodes { occurredAt } } }');
    expect(Date.parse(calls.nodes[0].occurredAt)).toBeGreaterThan(began - 60_000);
  });

  it('end by themselves after as many calls as were asked for', async () => {
    const live = await run({ live: true, perSecond: 200, speed: 60, calls: 12, seed: 5 });
    await live.ended;
    expect([live.state, live.calls, live.refused]).toEqual(['DONE', 12, 0]);
  });
});

describe('over HTTP', () => {
  let served: Awaited<ReturnType<typeof openSimulating>>;
  let address: string;
  beforeAll(async () => {
    served = await openSimulating(gateway.database);
    address = new URL('/demo/traffic', served.url).href;
  });
  afterAll(() => served.close());

  const send = async (method: string, token?: string, body?: unknown) => {
    const response = await fetch(address, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from what a test asks
    const answer: any = await response.json();
    return { status: response.status, body: answer, code: answer.errors?.[0].extensions.code };
  };

  it('a run is started, shown and stopped, one at a time', async () => {
    const { database } = gateway;
    expect(await send('GET', demo.token)).toMatchObject({ status: 200, body: { state: 'NONE' } });
    const started = await send('POST', demo.token, { live: true, perSecond: 20, seed: 6 });
    expect(started).toMatchObject({
      status: 202,
      body: { state: 'RUNNING', live: true, day: null, seed: 6, calls: null, perSecond: 20, problem: null },
    });
    expect(await send('POST', demo.token)).toMatchObject({ status: 409, code: 'ALREADY_EXISTS' });
    await expect.poll(async () => (await send('GET', demo.token)).body.written.writes).toBeGreaterThan(0);
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table calls in exclusive mode`);
      // It waits for no write, and another run waits for it.
      expect(await send('DELETE', demo.token)).toMatchObject({ status: 200, body: { state: 'STOPPING' } });
      expect(await send('POST', demo.token)).toMatchObject({ status: 409, code: 'ALREADY_EXISTS' });
    });
    await expect.poll(async () => (await send('GET', demo.token)).body.state).toBe('STOPPED');
    expect(await send('POST', demo.token, { calls: 3, seed: 8, day: '2026-03-05' })).toMatchObject({
      status: 202,
      body: { state: 'RUNNING', live: false, day: '2026-03-05', seed: 8, calls: 3 },
    });
    await expect
      .poll(async () => (await send('GET', demo.token)).body)
      .toMatchObject({
        state: 'DONE',
        written: { calls: 3, refused: 0 },
      });
  });

  it('is refused to other organizations, to keys that may not write, and for a wrong body', async () => {
    const reader = await gateway.client({ organization: 'demo', scopes: ['CALLS_READ'] });
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await send(method)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      const { status, code, body } = await send(method, other.token);
      expect([status, code]).toEqual([403, 'FORBIDDEN']);
      expect(body.errors[0].message).toBe(
        'Simulated calls are only for organizations of the demo, and acme is none',
      );
    }
    expect(await send('POST', reader.token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await send('DELETE', reader.token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await send('GET', reader.token)).status).toBe(200);
    for (const [body, message] of [
      [{ calls: '5' }, 'calls: must be a whole number from 1 to 1,000,000'],
      [{ nope: 1 }, 'nope: there are live, seed, calls, day, perSecond, speed'],
      [[], 'The body must be a JSON object'],
    ]) {
      const refused = await send('POST', demo.token, body);
      expect([refused.status, refused.code, refused.body.errors[0].message]).toEqual([
        400,
        'BAD_USER_INPUT',
        message,
      ]);
    }
    expect(await send('PUT', demo.token)).toMatchObject({ status: 405 });
  });

  it('is not there in a gateway without the demo', async () => {
    const response = await fetch(new URL('/demo/traffic', gateway.url), { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
