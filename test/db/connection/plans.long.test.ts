import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallFilter, CallOrder, CallPosition } from '../../../src/calls/filter/call-filter.values.js';
import { callListQueries } from '../../../src/calls/filter/call-list.queries.js';
import { callOffsetQueries } from '../../../src/calls/filter/call-offset.queries.js';
import { linkedCallQueries } from '../../../src/calls/linked-calls.queries.js';
import { changeQueries } from '../../../src/changes/change.queries.js';
import { sharedAccount } from '../../../src/db/connection/account.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { ALL_COLUMNS } from '../../../src/db/tables/call-columns.js';
import { callEventQueries } from '../../../src/events/call-event.queries.js';
import type { CallEventFilter } from '../../../src/events/call-event-filter.values.js';
import { newId } from '../../../src/foundation/new-id.js';
import type { Page } from '../../../src/foundation/page.js';
import { deliveryChangesQuery } from '../../../src/live/deliveries/delivery-changes.queries.js';
import { eventChangesQuery } from '../../../src/live/events/event-changes.queries.js';
import { liveQueries } from '../../../src/live/live.queries.js';
import { readRecorded } from '../../../src/recordings/recorded.store.js';
import type { VoiceCallFilter, VoiceCallOrder } from '../../../src/voice-calls/voice-call-filter.values.js';
import { voiceCallListQueries } from '../../../src/voice-calls/voice-call-list.queries.js';
import { voiceCallOffsetQueries } from '../../../src/voice-calls/voice-call-offset.queries.js';
import { loadDeliveries, loadRows, loadSearch, NEWEST } from '../../support/many-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const ROWS = 10_000;

let test: TestDatabase;
let database: Database;
let client: postgres.Sql;
let sent: { query: string; params: unknown[] }[] = [];
let organization: string;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({
    url: test.url,
    poolSize: 2,
    logger: { logQuery: (query, params) => void sent.push({ query, params }) },
  });
  client = postgres(test.url, { max: 1 });
  const organizations = ['ours', 'theirs'].map((slug) => ({ slug, id: newId().id }));
  organization = organizations[0]?.id ?? '';
  for (const { slug, id } of organizations) {
    await database.db.execute(
      sql`insert into organizations (organization_id, slug, name) values (${id}, ${slug}, ${slug})`,
    );
    await loadRows(database, id, ROWS);
    await loadSearch(database, id);
    await loadDeliveries(database, id, ROWS);
  }
  await database.db.execute(sql`vacuum analyze`);
});
afterAll(async () => {
  await client.end();
  await database.close();
  await test.drop();
});

interface Plan {
  'Node Type': string;
  Filter?: string;
  'Index Cond'?: string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** The plan nodes of the statements that `work` sends. */
async function plansOf(work: () => PromiseLike<unknown>): Promise<Plan[]> {
  sent = [];
  await work();
  const statements = sent.filter(({ query }) => !query.startsWith('explain'));
  const nodes: Plan[] = [];
  const walk = (plan: Plan) => {
    nodes.push(plan);
    for (const each of plan.Plans ?? []) walk(each);
  };
  expect(statements.length).toBeGreaterThan(0);
  // A search may look at two windows, after it has read where they end.
  expect(statements.length).toBeLessThanOrEqual(4);
  for (const { query, params } of statements) {
    const [row] = await client.unsafe(`explain (format json) ${query}`, params as never[]);
    walk(row?.['QUERY PLAN'][0].Plan);
  }
  return nodes;
}

/** But for the one row of each organization that says up to where its log was pruned. */
const scansOf = (nodes: Plan[]) =>
  nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== 'pruned_changes');
const partsIn = (nodes: Plan[]) => new Set(ofLog(nodes).map((node) => node['Relation Name'])).size;
/** Of the log's parts. */
const ofLog = (nodes: Plan[]) =>
  nodes.filter((node) => node['Relation Name']?.startsWith('call_changes') === true);
const indexesOf = (nodes: Plan[]) =>
  nodes.map((node) => node['Index Name']).filter((name) => name !== undefined);
const sortsOf = (nodes: Plan[]) => nodes.filter((node) => node['Node Type'].endsWith('Sort'));

async function expectIndex(work: () => PromiseLike<unknown>, index: string): Promise<Plan[]> {
  const nodes = await plansOf(work);
  expect(scansOf(nodes)).toEqual([]);
  expect(indexesOf(nodes)).toContain(index);
  return nodes;
}

const PAGE: Page = { limit: 50, forward: true, after: null, before: null };
const LATER = new Date(NEWEST - 100_000);
const RANGE = { from: LATER, to: new Date(NEWEST) };
const NEWEST_FIRST: CallOrder = { field: 'CREATED_AT', direction: 'DESC' };

/** Selective filters, each with its index. */
const CALLS: [string, CallFilter, string][] = [
  ['nothing', {}, 'calls_organization_id_id_pk'],
  ['one status', { status: ['BUSY'] }, 'calls_status_index'],
  ['several statuses', { status: ['BUSY', 'FAILED'] }, 'calls_status_index'],
  ['from', { from: '+14157' }, 'calls_from_index'],
  ['to', { to: '+49307' }, 'calls_to_index'],
  ['customerNumber', { customerNumber: '+14157' }, 'calls_customer_number_index'],
  ['assistantId', { assistantId: 'assistant 7' }, 'calls_assistant_index'],
  ['channelId', { channelId: 'channel 7' }, 'calls_channel_index'],
  ['group', { group: { kind: 'case', key: '7' } }, 'call_group_members_organization_id_group_id_call_id_pk'],
  ['tags.anyOf', { tags: { anyOf: ['tag 7', 'tag 8'] } }, 'calls_metadata_index'],
  ['tags.allOf', { tags: { allOf: ['tag 7', 'all'] } }, 'calls_metadata_index'],
  ['metadata.contains', { metadata: { contains: { customer: { id: 7 } } } }, 'calls_metadata_index'],
  ['metadata.anyOf', { metadata: { anyOf: [{ number: 7 }, { number: 8 }] } }, 'calls_metadata_index'],
  ['metadata.hasKeys', { metadata: { hasKeys: ['key 7', 'number'] } }, 'calls_metadata_index'],
  ['createdAt', { createdAt: RANGE }, 'calls_organization_id_id_pk'],
  ['updatedAt', { updatedAt: RANGE }, 'calls_updated_index'],
  ['startedAt', { startedAt: RANGE }, 'calls_started_index'],
  ['endedAt', { endedAt: RANGE }, 'calls_ended_index'],
  ['duration', { duration: { min: 2995 } }, 'calls_duration_index'],
  ['occurredAt', { occurredAt: RANGE }, 'calls_occurred_index'],
  ['search', { search: 'TAG 77' }, 'call_search_text_index'],
  ['search for digits', { search: '+1415-77' }, 'call_search_text_index'],
  ['search and another filter', { search: 'tag 77', hasVoiceCall: true }, 'call_search_text_index'],
  ['staffUid', { staffUid: ['staff 7'] }, 'voice_calls_staff_index'],
  ['handledByStaffUid', { staffUid: ['staff 7', 'staff 8'] }, 'voice_calls_handled_by_index'],
  ['clientUid', { clientUid: ['client 7', 'client 8'] }, 'voice_calls_client_index'],
  ['deliveryState', { deliveryState: ['EXPIRED'] }, 'deliveries_state_index'],
  ['and', { and: [{ from: '+14157' }, { hasVoiceCall: true }] }, 'calls_from_index'],
  ['or', { or: [{ from: '+14157' }, { to: '+49307' }] }, 'calls_to_index'],
];

describe('calls', () => {
  const place = { id: '018d0c90-4d00-7000-8000-000000000000' };
  const queries = () => callListQueries(database.db);
  const page = (filter: CallFilter, order: CallOrder, more: Partial<Page<CallPosition>> = {}) =>
    queries().page(sharedAccount(organization), { filter, order }, {
      ...PAGE,
      ...more,
    } as Page<CallPosition>);

  it.each(CALLS)('filtered by %s are found by index', async (_, filter, index) => {
    await expectIndex(() => page(filter, NEWEST_FIRST), index);
  });

  it.each([
    ['DESC', 'after', '<='],
    ['DESC', 'before', '>='],
    ['ASC', 'after', '>='],
    ['ASC', 'before', '<='],
  ] as const)(
    'found by a search are looked for between the cursors: %s %s',
    async (direction, cursor, bound) => {
      const hex = (NEWEST - 5_000_000).toString(16).padStart(12, '0');
      const middle = { id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` };
      for (const filter of [{ search: 'tag 77' }, { search: 'tag 77', hasVoiceCall: true }]) {
        const order: CallOrder = { field: 'CREATED_AT', direction };
        const more = { forward: cursor === 'after', [cursor]: middle };
        const nodes = await expectIndex(() => page(filter, order, more), 'call_search_text_index');
        const found = nodes.filter((node) => node['Relation Name'] === 'call_search');
        for (const { Filter: condition } of found) {
          expect(condition).toContain(`(call_id ${bound} '${middle.id}'::uuid)`);
        }
        const bounds = nodes
          .filter((node) => node['Index Name'] === 'call_search_text_index')
          .map((node) => node['Index Cond']?.split('"left"').length);
        expect(new Set(bounds)).toEqual(new Set([2]));
      }
    },
  );

  it.each(CALLS.slice(1))('that are found by %s are counted by index', async (_, filter, index) => {
    await expectIndex(() => queries().count(organization, filter), index);
  });

  it.each([
    ['direction', { direction: ['OUTBOUND'] }],
    ['system', { system: ['OTHER'] }],
    ['hasVoiceCall', { hasVoiceCall: true }],
    ['hasRecording', { hasRecording: true }],
    ['not', { not: { direction: ['OUTBOUND'] } }],
  ] as [string, CallFilter][])('that are found by %s are walked, the newest first', async (_, filter) => {
    const nodes = await plansOf(() => page(filter, NEWEST_FIRST));
    expect(scansOf(nodes.filter((node) => node['Relation Name'] === 'calls'))).toEqual([]);
  });

  const ORDERS = [
    ['CREATED_AT', 'calls_organization_id_id_pk', place],
    ['STARTED_AT', 'calls_started_index', { ...place, value: LATER.toISOString() }],
    ['UPDATED_AT', 'calls_updated_index', { ...place, value: LATER.toISOString() }],
    ['DURATION', 'calls_duration_index', { ...place, value: '7' }],
    ['OCCURRED_AT', 'calls_occurred_index', { ...place, value: LATER.toISOString() }],
  ] as const;
  const ways = ORDERS.flatMap(([field, index, at]) =>
    (['ASC', 'DESC'] as const).flatMap((direction) =>
      [true, false].flatMap((forward) =>
        ([{}, { after: at }, { before: at }] as const).map(
          (cursors) => [field, direction, forward ? 'forward' : 'backward', cursors, index] as const,
        ),
      ),
    ),
  );

  it.each(ways)(
    'ordered by %s %s, read %s from %j, are walked in that order',
    async (field, direction, way, cursors, index) => {
      const nodes = await expectIndex(
        () => page({}, { field, direction }, { forward: way === 'forward', ...cursors }),
        index,
      );
      expect(new Set(indexesOf(nodes))).toEqual(new Set([index]));
      // The merge of the parts with and without a value sorts two pages; no part itself is sorted.
      const sorts = sortsOf(nodes);
      expect(sorts.length).toBeLessThanOrEqual(1);
      for (const { Plans } of sorts) expect(Plans?.[0]?.['Node Type']).toBe('Append');
    },
  );

  it.each([null, '7'])('with the sort value %s are walked too', async (value) => {
    for (const cursors of [{ after: { ...place, value } }, { before: { ...place, value } }]) {
      await expectIndex(
        () => page({}, { field: 'DURATION', direction: 'DESC' }, cursors),
        'calls_duration_index',
      );
    }
  });

  it.each([['BUSY'], ['BUSY', 'FAILED']])(
    'of a status are read in the order of the list: %s',
    async (...status) => {
      const filter = { status: status as CallFilter['status'] } as CallFilter;
      const nodes = await expectIndex(() => page(filter, NEWEST_FIRST), 'calls_status_index');
      // Several are merged by one sort of their pages.
      expect(sortsOf(nodes).length).toBe(status.length > 1 ? 1 : 0);
    },
  );

  it.each(['children', 'group', 'event'] as const)(
    'that are linked as %s are found by index',
    async (link) => {
      const queries = linkedCallQueries(database.db);
      const [row] = await database.db.execute<{ owners: string[] }>(
        link === 'children'
          ? sql`select array_agg(distinct parent_id) as owners from calls where organization_id = ${organization} and parent_id is not null`
          : link === 'group'
            ? sql`select array_agg(id) as owners from call_groups where organization_id = ${organization} and key in ('1', '2')`
            : sql`select array(select id from call_events where organization_id = ${organization} limit 50) as owners`,
      );
      const index = {
        children: 'calls_parent_index',
        group: 'call_group_members_organization_id_group_id_call_id_pk',
        event: 'call_event_calls_organization_id_event_id_call_id_pk',
      }[link];
      await expectIndex(
        () => queries.linkedPages(organization, link, row?.owners ?? [], PAGE, ALL_COLUMNS),
        index,
      );
      await expectIndex(() => queries.linkedCounts(organization, link, row?.owners ?? []), index);
    },
  );

  it('have a history found by index', async () => {
    const rows = await page({}, NEWEST_FIRST);
    const ids = rows.map(({ id }) => id);
    const queries = changeQueries(database.db);
    await expectIndex(
      () => queries.pages(organization, ids, { ...PAGE, filter: {} } as never, null),
      'call_changes_first_call_index',
    );
    const nodes = await expectIndex(
      () => queries.counts(organization, ids, {}),
      'call_changes_first_call_index',
    );
    expect(indexesOf(nodes)).toContain('calls_joined_index');
  });
});

describe('voice calls', () => {
  it.each([
    ['nothing', {}, 'voice_calls_organization_id_id_pk'],
    ['one status', { status: ['MISSED'] }, 'voice_calls_status_index'],
    ['several statuses', { status: ['MISSED', 'VOICEMAIL'] }, 'voice_calls_status_index'],
    ['one staffUid', { staffUid: ['staff 7'] }, 'voice_calls_staff_index'],
    ['several staffUids', { staffUid: ['staff 7', 'staff 8'] }, 'voice_calls_staff_index'],
    ['clientUid', { clientUid: ['client 7', 'client 8'] }, 'voice_calls_client_index'],
    ['handledByStaffUid', { handledByStaffUid: ['staff 7', 'staff 8'] }, 'voice_calls_handled_by_index'],
    ['fromNumber', { fromNumber: '+14157' }, 'voice_calls_from_index'],
    ['toNumber', { toNumber: '+49307' }, 'voice_calls_to_index'],
    ['createdAt', { createdAt: RANGE }, 'voice_calls_organization_id_id_pk'],
    ['duration', { duration: { min: 2995 } }, 'voice_calls_duration_index'],
    ['updatedAt', { updatedAt: RANGE }, 'voice_calls_updated_index'],
    ['occurredAt', { occurredAt: RANGE }, 'calls_occurred_index'],
  ] as [string, VoiceCallFilter, string][])(
    'that are found by %s are found and counted by index',
    async (name, filter, index) => {
      const queries = voiceCallListQueries(database.db);
      const list = { filter, order: NEWEST_FIRST as VoiceCallOrder };
      await expectIndex(() => queries.page(organization, list, PAGE as never), index);
      if (name !== 'nothing') await expectIndex(() => queries.count(organization, filter), index);
    },
  );
});

it.each(['OCCURRED_AT', 'STARTED_AT'] as const)(
  'a search in the order of %s is found by index',
  async (field) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const list = { filter: { search: 'tag 77' }, order: { field, direction } };
      const nodes = await expectIndex(
        () => callListQueries(database.db).page(sharedAccount(organization), list, PAGE as never),
        'call_search_text_index',
      );
      expect(nodes.map((node) => node['Relation Name'])).toContain('calls');
    }
  },
);

it("voice calls are searched in the index of their calls' texts", async () => {
  const queries = voiceCallListQueries(database.db);
  const list = { filter: { search: 'TAG 77' }, order: NEWEST_FIRST as VoiceCallOrder };
  const first = () => queries.page(organization, list, PAGE as never);
  for (const work of [first, () => queries.count(organization, list.filter)]) {
    const nodes = await plansOf(work);
    expect(indexesOf(nodes)).toContain('call_search_text_index');
    expect(scansOf(nodes).map((node) => node['Relation Name'])).not.toContain('call_search');
    if (work === first) expect(scansOf(nodes)).toEqual([]);
  }
});

describe('voice calls in order', () => {
  it.each([
    ['UPDATED_AT', 'voice_calls_updated_index'],
    ['DURATION', 'voice_calls_duration_index'],
  ] as const)('of %s are walked', async (field, index) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const list = { filter: {}, order: { field, direction } };
      await expectIndex(
        () => voiceCallListQueries(database.db).page(organization, list, PAGE as never),
        index,
      );
    }
  });
});

describe('events', () => {
  it.each([
    ['nothing', {}, 'call_events_organization_id_id_pk'],
    ['one match', { match: ['PENDING'] }, 'call_events_match_index'],
    ['several matches', { match: ['PENDING', 'AMBIGUOUS'] }, 'call_events_match_index'],
    ['sessionId', { sessionId: 'session 7' }, 'call_events_session_index'],
    ['eventId', { eventId: 'event 7' }, 'call_events_event_id_unique'],
    ['group', { group: { kind: 'case', key: '1' } }, 'call_events_group_index'],
    ['eventTime', { eventTime: RANGE }, 'call_events_time_index'],
  ] as [string, CallEventFilter, string][])(
    'that are found by %s are found and counted by index',
    async (name, filter, index) => {
      const queries = callEventQueries(database.db);
      await expectIndex(() => queries.page(organization, filter, PAGE, null), index);
      if (name !== 'nothing') await expectIndex(() => queries.count(organization, filter), index);
    },
  );

  it('of calls are found by index', async () => {
    const rows = await callListQueries(database.db).page(
      sharedAccount(organization),
      { filter: {}, order: NEWEST_FIRST },
      PAGE as never,
    );
    const ids = rows.map(({ id }) => id);
    const queries = callEventQueries(database.db);
    await expectIndex(
      () => queries.pagesOfCalls(organization, ids, PAGE, null),
      'call_event_calls_call_index',
    );
    await expectIndex(() => queries.countsOfCalls(organization, ids), 'call_event_calls_call_index');
  });
});

it.each(['recordings', 'transcripts'] as const)(
  '%s of calls and those of given names are found by indexes alone',
  async (what) => {
    const calls = await database.db.execute<{ id: string }>(
      sql`select id from calls where organization_id = ${organization} limit 20`,
    );
    const named = [{ system: 'BURKI', vendorId: '500' }];
    const wanted = { calls: calls.map(({ id }) => id), recordings: [], transcripts: [], [what]: named };
    const read = () => database.transaction((tx) => readRecorded(tx, organization, wanted));
    const nodes = await plansOf(read);
    expect(scansOf(nodes)).toEqual([]);
    expect(indexesOf(nodes)).toEqual(
      expect.arrayContaining([`call_${what}_call_index`, `call_${what}_vendor_unique`]),
    );
    expect((await read())[what].size).toBe(21);
  },
);

describe('rows that have changed', () => {
  const since = { time: LATER.toISOString(), id: '018d0c90-4d00-7000-8000-000000000000' };

  it.each([
    ['events', eventChangesQuery, 'call_events_updated_index', 'call_events'],
    ['deliveries', deliveryChangesQuery, 'deliveries_updated_index', 'deliveries'],
  ] as const)('of %s are found by their time', async (_, query, index, table) => {
    const nodes = await plansOf(() =>
      Promise.resolve(query(database.db).execute({ ...since, organization }) as Promise<unknown>),
    );
    expect(indexesOf(nodes)).toContain(index);
    expect(scansOf(nodes).map((node) => node['Relation Name'])).not.toContain(table);
  });
});

describe("a vendor's list by offset", () => {
  it('of calls reads the index of their start, up to its page', async () => {
    const slice = { filter: { system: ['BURKI' as const] }, parts: {}, skip: 100, limit: 50 };
    await expectIndex(() => callOffsetQueries(database.db).slice(organization, slice), 'calls_started_index');
  });

  it('of calls with metadata reads the index of that, as does its total', async () => {
    const filter = { system: ['OTHER' as const], metadata: { contains: { customer_id: 'c1' } } };
    const { slice, sliceTotal } = callOffsetQueries(database.db);
    await expectIndex(
      () => slice(organization, { filter, parts: {}, skip: 0, limit: 50 }),
      'calls_metadata_index',
    );
    await expectIndex(() => sliceTotal(organization, { filter, parts: {} }), 'calls_metadata_index');
  });

  it('of voice calls reads the index of their change, without a sort', async () => {
    const conditions = [{ field: 'updatedAt' as const, comparison: 'gt' as const, value: LATER }];
    for (const direction of ['ASC', 'DESC'] as const) {
      const orders = [{ field: 'updatedAt' as const, direction }];
      const slice = { conditions, orders, skip: 0, limit: 100 };
      const nodes = await expectIndex(
        () => voiceCallOffsetQueries(database.db).slice(organization, slice),
        'voice_calls_updated_index',
      );
      expect(sortsOf(nodes)).toEqual([]);
    }
  });
});

describe('the log of changes', () => {
  it.each(['auto', 'force_generic_plan'])(
    'is read from its end, and from far back, by index (%s)',
    async (mode) => {
      await client.unsafe(`set plan_cache_mode = ${mode}`);
      const queries = liveQueries(database.db);
      const [end] = await queries.end.execute({ organization });
      for (const label of [String(end?.label), '1']) {
        const place = {
          organizations: [organization],
          labels: [label],
          seqs: [String(end?.seq)],
          limits: [200],
          least: label,
        };
        const [only] = [await plansOf(() => queries.newChanges.execute(place))];
        expect(ofLog(only).map((node) => node['Node Type'])).toContain('Index Scan');
        expect(scansOf(ofLog(only))).toEqual([]);
      }
      await client.unsafe('set plan_cache_mode = auto');
    },
  );

  it('is read in the same way when it has parts, and a history from the newest of them on', async () => {
    for (let parts = 0; parts < 3; ) {
      const [row] = await client.unsafe("select advance_log_part(interval '0') as step");
      if (row?.step !== 'BEGUN') continue;
      parts += 1;
      await client.unsafe(`
        insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
          new_values, recorded_at)
        select organization_id, call_change_epoch_start(), nextval('call_change_seq'), new_uuid(), call_id, kind, actor, revision,
          effective_at, old_values, new_values, recorded_at from call_changes_first`);
    }
    await client.unsafe('vacuum analyze');
    const place = { organizations: [organization], labels: ['1'], seqs: ['1'], limits: [200] };
    const { newChanges, end } = liveQueries(database.db);
    const live = await plansOf(() => newChanges.execute({ ...place, least: '1' }));
    expect(partsIn(live)).toBe(5);
    const [newest] = await end.execute({ organization });
    const least = String(newest?.label);
    expect(partsIn(await plansOf(() => newChanges.execute({ ...place, labels: [least], least })))).toBe(2);
    // The last part is empty.
    const [last] = await client.unsafe(`select 'call_changes_' || (max(label) >> 48) as name from log_parts`);
    const scanned = new Set(scansOf(ofLog(live)).map((node) => node['Relation Name']));
    expect([...scanned].filter((name) => name !== last?.name)).toEqual([]);
    const [call] = await client.unsafe(
      `select call_id as id from call_changes_first where organization_id = $1 limit 1`,
      [organization],
    );
    const shown = { ...PAGE, filter: {} } as never;
    const history = await plansOf(() =>
      changeQueries(database.db).pages(organization, [call?.id], shown, null),
    );
    expect(ofLog(history)).toHaveLength(5);
    const full = ofLog(history).filter((node) => node['Relation Name'] !== last?.name);
    expect(full.map((node) => node['Index Name'])).not.toContain(undefined);
    const kinds = history.map((node) => node['Node Type']);
    expect(kinds).toContain('Append');
    expect(kinds).not.toContain('Merge Append');
  });
});
