import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { comparableNumber, searchDigits } from '../../src/foundation/phone-numbers.js';
import { searchFold } from '../../src/foundation/search-text.js';
import { joinCalls } from '../events/events.js';
import { VOICE_CALL } from '../intake/voice-calls.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import {
  createVoiceCall,
  givenCall,
  mergeCallMetadata,
  patchVoiceCall,
  upsertCall,
} from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  client = await gateway.client();
});

async function found(filter: object): Promise<string[]> {
  const data = await client.ask(
    'query ($filter: CallFilter) { calls(filter: $filter) { nodes { id } totalCount } }',
    { filter },
  );
  expect(data.calls.totalCount).toBe(data.calls.nodes.length);
  return data.calls.nodes.map(({ id }: { id: string }) => id);
}

const own = (value: string) => [{ system: 'OTHER', name: 'test', value }];

describe('a stored "+1 (415) 555-0199" is found', () => {
  it.each([
    '+14155550199',
    '14155550199',
    '0014155550199',
    'tel:+1-415-555-0199',
    '+1 (415) 555-0199',
    '+1.415.555.0199',
  ])('by %s', async (number) => {
    const { id } = await givenCall(client, { from: '+1 (415) 555-0199', direction: 'INBOUND' });
    await givenCall(client, { from: '+1 (415) 555-0198', direction: 'INBOUND' });
    for (const filter of [{ from: number }, { customerNumber: number }, { search: number }]) {
      expect(await found(filter)).toEqual([id]);
    }
  });

  it.each(['4155550199', '415-555-0', '555 0199', '(415)', '(415) 555', '+1 (4', '00141555', 'tel:415'])(
    'by a search for %s',
    async (part) => {
      const { id } = await givenCall(client, { to: '+1 (415) 555-0199' });
      await givenCall(client, { to: '+1 (916) 556-0188', tags: ['41 5556 019'] });
      expect(await found({ search: part })).toEqual([id]);
    },
  );
});

describe('what is searched', () => {
  it('follows a call, its voice call, its transcripts and a join', async () => {
    const first = await givenCall(client, {
      references: own('Ref-71A'),
      customerNumber: 'sip:Desk@example.com',
      assistant: { assistantId: '1', name: 'Frühling' },
      tags: ['VIP lounge'],
      transcripts: [
        {
          system: 'BURKI',
          summary: 'A refund',
          lines: [
            { speaker: 'AGENT', text: 'one' },
            { speaker: 'CUSTOMER', text: 'two' },
          ],
        },
      ],
    });
    const { voiceCall } = await createVoiceCall(client, {
      call: { id: first.id },
      input: { ...VOICE_CALL, sourceId: 's', externalUuid: 'e', callSummary: 'Wanted a discount' },
    });
    const searches = ['ref-71a', 'DESK@', 'FRÜHLING', 'vip l', 'REFUND', 'two', 'A DISC'];
    for (const search of searches) expect(await found({ search }), search).toEqual([first.id]);
    for (const search of ['one\ntwo', 'onetwo', 'two one', 'vip_l', 'nowhere']) {
      expect(await found({ search }), search).toEqual([]);
    }
    await upsertCall(client, {
      references: own('Ref-71A'),
      tags: ['other'],
      customerNumber: null,
      transcripts: [{ system: 'BURKI', lines: [{ speaker: 'AGENT', text: 'three' }] }],
    });
    await patchVoiceCall(client, {
      voiceCall: { id: voiceCall.id },
      input: { callSummary: 'Wanted nothing' },
    });
    for (const search of ['desk@', 'vip l', 'refund', 'two', 'a disc']) {
      expect(await found({ search }), search).toEqual([]);
    }
    const other = await givenCall(client, { references: own('Ref-72'), tags: ['kept'] });
    await joinCalls(client, { id: other.id }, { id: first.id });
    for (const search of ['ref-71a', 'ref-72', 'three', 'nothing', 'other', 'kept']) {
      expect(await found({ search }), search).toEqual([other.id]);
    }
    expect(
      await gateway.database.db.execute(sql`select from call_search where call_id = ${uuidIn(first.id)}`),
    ).toHaveLength(0);
  });

  it('is not written anew by a merge, a status or an upsert that changes nothing of it', async () => {
    const { id } = await givenCall(client, { references: own('Ref'), tags: ['a'] });
    const version = () =>
      gateway.database.db.execute(sql`select xmin, ctid from call_search where call_id = ${uuidIn(id)}`);
    const before = await version();
    expect(before).toHaveLength(1);
    await mergeCallMetadata(client, { call: { id }, metadata: { a: 1 } });
    await upsertCall(client, { references: own('Ref'), status: 'COMPLETED', tags: ['a'], duration: 5 });
    expect(await version()).toEqual(before);
  });

  it('is written once with a voice call, whether its call is new or known, and has other names or not', async () => {
    const { db } = gateway.database;
    await db.execute(sql`create table search_writes (call_id uuid)`);
    await db.execute(sql`create function note_search_write() returns trigger language plpgsql as $$
      begin insert into search_writes values (new.call_id); return null; end $$`);
    await db.execute(sql`create trigger note_search_write after insert or update on call_search
      for each row execute function note_search_write()`);
    const writesOf = async (write: () => Promise<unknown>) => {
      await db.execute(sql`delete from search_writes`);
      await write();
      return (await db.execute(sql`select from search_writes`)).length;
    };
    const { fromNumber: from, toNumber: to } = VOICE_CALL;
    const known = () => givenCall(client, { from, to, direction: 'INBOUND' });
    const named = (n: number) => ({ sourceId: `source-${n}`, externalUuid: `external-${n}` });
    const create = (call: { id: string } | null, input: object) =>
      createVoiceCall(client, { call, input: { ...VOICE_CALL, ...input, callSummary: 'wants a refund' } });
    expect(await writesOf(() => create(null, named(1)))).toBe(1);
    const { id } = await known();
    expect(await writesOf(() => create({ id }, named(2)))).toBe(1);
    const { id: other } = await givenCall(client, {
      references: ['sourceId', 'externalUuid'].map((name) => ({ system: 'VCITA', name, value: `${name}-3` })),
      ...{ from, to, direction: 'INBOUND' },
    });
    expect(
      await writesOf(() => create({ id: other }, { sourceId: 'sourceId-3', externalUuid: 'externalUuid-3' })),
    ).toBe(1);
    expect(await found({ search: 'wants a refund' })).toHaveLength(3);
    for (const word of ['source-1', 'external-2', 'sourceId-3']) {
      expect(await found({ search: word })).toHaveLength(1);
    }
    await db.execute(sql`drop trigger note_search_write on call_search`);
  });

  it('goes with its call', async () => {
    const { id } = await givenCall(client, { tags: ['gone'] });
    const { db } = gateway.database;
    for (const table of ['call_changes', 'call_references']) {
      await db.execute(sql`delete from ${sql.identifier(table)} where call_id = ${uuidIn(id)}`);
    }
    await db.execute(sql`delete from calls where id = ${uuidIn(id)}`);
    expect(await found({ search: 'gone' })).toEqual([]);
  });
});

describe('SQL and memory agree on', () => {
  const made = async (of: 'search_fold' | 'comparable_number' | 'search_digits', values: string[]) => {
    const rows = await gateway.database.db.execute<{ text: string | null }>(sql`
      select ${sql.raw(of)}(v.value) as text from unnest(${sql.param(values)}::text[]) with ordinality v (value, place)
      order by v.place`);
    return rows.map(({ text }) => text);
  };

  it('the case of each character', async () => {
    const points = Array.from({ length: 0x11_00_00 - 1 }, (_, index) => index + 1);
    const characters = points.filter((point) => point < 0xd8_00 || point > 0xdf_ff);
    const lines = Array.from({ length: 1 + (characters.length >> 8) }, (_, line) =>
      String.fromCodePoint(...characters.slice(line << 8, (line + 1) << 8)),
    );
    expect(await made('search_fold', lines)).toEqual(lines.map(searchFold));
  });

  it('what is one number', async () => {
    const piece = fc.constantFrom(
      '+',
      '00',
      '1',
      '415',
      '555',
      '0199',
      ' ',
      '(',
      ')',
      '-',
      '.',
      '/',
      'tel:',
      'x',
      '٣',
    );
    const address = fc.oneof(
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
      fc.array(piece, { minLength: 15, maxLength: 90 }).map((pieces) => pieces.join('')),
    );
    const addresses = fc.sample(address, 2_000);
    expect(await made('comparable_number', addresses)).toEqual(addresses.map(comparableNumber));
    expect(await made('search_digits', addresses)).toEqual(addresses.map(searchDigits));
  });
});

describe('without the extension', () => {
  it('search is refused and all else works; when it is back, so is search, with what was written meanwhile', async () => {
    const other = await openTestGateway();
    try {
      client = await other.client();
      await other.database.db.execute(sql`drop extension pg_trgm cascade`);
      const { id } = await givenCall(client, { tags: ['meanwhile'], groups: [{ kind: 'case', key: '1' }] });
      const nested = { nested: { or: [{ not: { search: 'abc' } }] } };
      for (const [document, filter] of [
        [
          'query ($filter: CallFilter) { field: calls(filter: $filter) { totalCount } }',
          { search: 'meanwhile' },
        ],
        ['query ($filter: CallFilter) { field: calls(filter: $filter) { totalCount } }', nested.nested],
        [
          'query ($filter: VoiceCallFilter) { field: voiceCalls(filter: $filter) { totalCount } }',
          { search: 'abc' },
        ],
        [
          'query ($filter: CallFilter) { field: callGroup(group: { kind: "case", key: "1" }) { calls(filter: $filter) { totalCount } } }',
          { search: 'abc' },
        ],
        [
          'query ($filter: CallFilter) { field: callStatistics(filter: $filter) { calls } }',
          { search: 'abc' },
        ],
        [
          'query ($filter: CallFilter) { field: callFacet(field: STATUS, filter: $filter) { calls } }',
          { search: 'abc' },
        ],
      ] as const) {
        const { errors } = await client.send(document, { filter });
        expect(errors?.map(({ message, extensions }) => [message.slice(0, 45), extensions.code])).toEqual([
          ['filter.search: search needs the extension pg_', 'BAD_USER_INPUT'],
        ]);
      }
      const live = followOver('ws', { url: other.url, token: client.token }, CALLS_CHANGED, {
        filter: { search: 'abc' },
      });
      expect(JSON.stringify([await live.ended(), live.errors])).toContain('pg_trgm');
      expect(await found({ tags: { anyOf: ['meanwhile'] }, not: { hasRecording: true } })).toEqual([id]);
      await migrate(other.databaseUrl);
      expect(await found({ search: 'meanwhile' })).toEqual([id]);
    } finally {
      await other.close();
    }
  });
});
