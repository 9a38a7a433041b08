import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { ASKINGS } from './root-fields.js';
import { fresh, makeWorld, type Names, namesOfNothing, organizationOf, VOICE_CALL_WHOLE } from './world.js';

let gateway: TestGateway;
let owner: Client;
let stranger: Client;
/** What exists in the owner's organization, and in the stranger's. */
let theirs: Names;
let ours: Names;

beforeAll(async () => {
  // What vendors' workers leave at the accounts is no trace of what is asked here.
  gateway = await openTestGateway({ vendors: false });
  owner = await gateway.client();
  theirs = await makeWorld(owner, gateway.database);
});
// What one test asks for may become the stranger's own: another one begins with another.
beforeEach(async () => {
  stranger = await gateway.client();
});
afterAll(() => gateway.close());

const ERRORS = 'errors { code message path }';

/** Ways to name a thing beside one of one's own. */
const MIXED: { what: string; document: string; variables: (names: Names) => Variables }[] = [
  {
    what: 'a page of flows that begins after a cursor',
    document:
      'query ($id: ID!, $after: String) { call(id: $id) { callFlows(after: $after) { nodes { id } } } }',
    variables: ({ flowCursor }) => ({ id: ours.call, after: flowCursor }),
  },
  ...(
    [
      ['children', 'childCursor'],
      ['events', 'eventOfCallCursor'],
      ['deliveries', 'deliveryOfCallCursor'],
    ] as const
  ).map(([field, cursor]) => ({
    what: `a page of ${field} that begins after a cursor`,
    document: `query ($id: ID!, $after: String) { call(id: $id) { ${field}(after: $after) { nodes { id } } } }`,
    variables: (names: Names) => ({ id: ours.call, after: names[cursor] }),
  })),
  ...(
    [
      ['CallGroup', 'group', 'callOfGroupCursor'],
      ['CallEvent', 'event', 'callOfEventCursor'],
    ] as const
  ).map(([type, name, cursor]) => ({
    what: `a page of the calls of a ${type} that begins after a cursor`,
    document: `query ($id: ID!, $after: String) {
      node(id: $id) { ... on ${type} { calls(after: $after) { nodes { id } } } }
    }`,
    variables: (names: Names) => ({ id: ours[name], after: names[cursor] }),
  })),
  {
    what: 'a new flow under an idempotency key',
    document: `mutation ($id: ID!, $key: String) {
      replaceCallFlow(call: { id: $id }, commands: [{ ringing: {} }], idempotencyKey: $key) {
        callFlow { id status commands { command } } ${ERRORS}
      }
    }`,
    variables: ({ idempotencyKey }) => ({ id: ours.call, key: idempotencyKey }),
  },
  {
    what: 'progress of a command',
    document: `mutation ($flow: ID!, $command: ID!) {
      recordCallFlowProgress(callFlow: $flow, commands: [{ id: $command, status: FAILED }]) { callFlow { id } ${ERRORS} }
    }`,
    variables: ({ command }) => ({ flow: ours.callFlow, command }),
  },
  {
    what: 'an update that gives a sourceId and an externalUuid',
    document: `mutation ($id: ID!, $input: UpdateVoiceCallInput!) {
      updateVoiceCall(voiceCall: { id: $id }, input: $input) { voiceCall { status } ${ERRORS} }
    }`,
    variables: ({ sourceId, externalUuid }) => ({
      id: ours.voiceCall,
      input: { ...VOICE_CALL_WHOLE, sourceId, externalUuid },
    }),
  },
  {
    what: 'an upsert that gives one reference of one’s own and another',
    document: `mutation ($own: String!, $other: String!) {
      upsertCall(input: { references: [
        { system: OTHER, name: "case", value: $own }, { system: OTHER, name: "case", value: $other }
      ] }) { created call { references { system } } ${ERRORS} }
    }`,
    variables: ({ reference }) => ({ own: fresh('case'), other: reference }),
  },
];

/** The answer without what must differ: the names asked for, ids that were made for it, and what a rate leaves. */
function comparable(answer: Answer, names: Names): unknown {
  const known = Object.entries(names).reduce(
    (text, [name, value]) => text.replaceAll(value, `<${name}>`),
    JSON.stringify(answer),
  );
  return JSON.parse(
    known
      .replaceAll(/\b[a-z_]+_[0-9a-hjkmnp-tv-z]{26}\b/g, '<new id>')
      .replaceAll(/"remaining":\d+/g, '"remaining":0'),
  );
}

/** Requests a thing of the owner and a nonexistent one. Expects the same answer and unchanged owner data. */
async function expectUnknown(document: string, variables: (names: Names) => Variables): Promise<Answer> {
  const nothing = namesOfNothing();
  const before = await fingerprint(gateway.database, organizationOf(theirs));
  const answer = await stranger.send(document, variables(theirs));
  expect(await fingerprint(gateway.database, organizationOf(theirs))).toEqual(before);
  expect(comparable(answer, theirs)).toEqual(
    comparable(await stranger.send(document, variables(nothing)), nothing),
  );
  return answer;
}

/** Lists of what there is: a cursor names nothing in them. */
const LISTS = ['calls', 'voiceCalls', 'callEvents', 'deliveries', 'inboundMessages'];

describe('another organization’s things are as unknown as those that do not exist', () => {
  // None of these fields takes a name.
  const about = ASKINGS.filter(({ field }) => !['viewer', 'changeCursor', 'eraseCustomer'].includes(field));
  const asked = about.filter(({ field }) => !LISTS.includes(field));

  it.each(asked)('$field by $by', async ({ field, document, variables }) => {
    const { status, data, errors } = await expectUnknown(document, variables);
    // Without a payload, it has no other way to refuse.
    const code = field === 'replayInboundMessages' ? 'NOT_FOUND' : undefined;
    expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 200, code });
    const found = [data[field]].flat();
    for (const each of found) {
      const [error] = each?.errors ?? [];
      const refused = error?.code === 'NOT_FOUND' && error.message.includes('not found');
      const waits = each?.event?.match === 'PENDING' && each.event.calls.nodes.length === 0;
      const made =
        each?.created === true || Boolean(each?.voiceCall ?? each?.matchRule ?? each?.vendorAccount);
      expect(refused || each === null || waits || made, JSON.stringify(data)).toBe(true);
    }
  });

  it.each(ASKINGS.filter(({ field, by }) => LISTS.includes(field) && by !== 'a cursor'))(
    '$field that are found by $by',
    async ({ field, document, variables }) => {
      ours = await makeWorld(stranger, gateway.database);
      const { data } = await expectUnknown(document, variables);
      expect(data[field]).toEqual({ nodes: [], totalCount: 0 });
      expect((await owner.ask(document, variables(theirs)))[field].totalCount).toBeGreaterThan(0);
    },
  );

  it.each(MIXED)('$what', async ({ document, variables }) => {
    ours = await makeWorld(stranger, gateway.database);
    await expectUnknown(document, variables);
  });

  it('a reference of a parent that only they have is waited for, and never linked to theirs', async () => {
    const reference = { system: 'OTHER', name: 'case', value: theirs.reference };
    const document = `mutation ($own: CallReferenceInput!, $parent: CallReferenceInput!) {
      upsertCall(input: { references: [$own], parent: { reference: $parent } }) { call { id parent { id } } errors { code } }
    }`;
    const own = { ...reference, value: fresh('child') };
    const { upsertCall } = await stranger.ask(document, { own, parent: reference });
    expect(upsertCall).toMatchObject({ call: { parent: null }, errors: [] });
    await owner.ask(
      'mutation ($r: CallReferenceInput!) { upsertCall(input: { references: [$r], reason: "again" }) { created } }',
      {
        r: reference,
      },
    );
    const { call } = await stranger.ask('query ($id: ID!) { call(id: $id) { parent { id } } }', {
      id: upsertCall.call.id,
    });
    expect(call.parent).toBeNull();
  });
});

describe('a list', () => {
  beforeEach(async () => {
    ours = await makeWorld(stranger, gateway.database);
  });

  const CALLS = `query ($after: String, $before: String, $first: Int, $last: Int) {
    calls(after: $after, before: $before, first: $first, last: $last) { nodes { id } totalCount }
  }`;

  it('of calls shows those of the key’s organization only, and counts no others', async () => {
    const [own, other] = [await stranger.ask(CALLS), await owner.ask(CALLS)];
    const ids = (page: typeof own): string[] => page.calls.nodes.map(({ id }: { id: string }) => id);
    expect(ids(own)).toContain(ours.call);
    expect(ids(other)).toContain(theirs.call);
    expect(ids(other)).toHaveLength(2);
    expect(ids(own).filter((id) => ids(other).includes(id))).toEqual([]);
    expect(own.calls.totalCount).toBe(ids(own).length);
    expect(other.calls.totalCount).toBe(2);
  });

  it('after their cursor is the same as after an adjacent cursor that was never issued', async () => {
    const [kind = '', uuid = ''] = Buffer.from(theirs.callCursor, 'base64url').toString().split('|');
    const neighbour = `${uuid.slice(0, -1)}${uuid.endsWith('0') ? '1' : '0'}`;
    const unknown = Buffer.from(`${kind}|${neighbour}`).toString('base64url');
    for (const place of ['after', 'before']) {
      const answer = await stranger.send(CALLS, { [place]: theirs.callCursor });
      expect(answer).toEqual(await stranger.send(CALLS, { [place]: unknown }));
      expect(answer.errors).toBeUndefined();
      expect(JSON.stringify(answer)).not.toContain(theirs.call);
    }
  });

  it.each([
    ['voiceCalls', ['voiceCall']],
    ['callEvents', ['waiting', 'event']],
    ['deliveries', ['delivery']],
    ['inboundMessages', ['message']],
  ] as const)(
    'of %s shows those of the key’s organization only, and counts no others',
    async (field, own) => {
      const document = `{ ${field} { nodes { id } totalCount } }`;
      for (const [client, names] of [
        [stranger, ours],
        [owner, theirs],
      ] as const) {
        expect((await client.ask(document))[field]).toEqual({
          nodes: own.map((name) => ({ id: names[name] })),
          totalCount: own.length,
        });
      }
    },
  );

  it('of changes treats their cursor like any other text', async () => {
    const document = `query ($id: ID!, $before: String, $after: String) {
      call(id: $id) { history(before: $before, after: $after) { nodes { id } } }
    }`;
    for (const argument of ['before', 'after']) {
      const ask = (cursor: string) => stranger.send(document, { id: ours.call, [argument]: cursor });
      const answer = await ask(theirs.changeCursor);
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer).toEqual(await ask('nonsense'));
      expect((await ask(ours.changeCursor)).errors).toBeUndefined();
    }
  });
});

it('every statement sent for all this names the organization, except those before it is known', () => {
  const statements = new Set(gateway.takeStatements());
  const reading = [...statements].filter((statement) => /\b(from|update|into|join)\b/i.test(statement));
  const bound =
    /organization_?id"? = (?:\(select )?\$|select \w+\(\$1::uuid|from (?:admit_waiting_events|merge_call_metadata|merge_calls_metadata|replace_call_flow|record_named_event|save_voice_call|replay_deliveries|discard_deliveries|replay_inbound_messages|record_call_events|dismiss_call_event|erase_number)\((?:\(select )?\$\d+::uuid|^(?:with "named" as \()?insert into "\w+" \("?organization_id/i;
  const withoutTables =
    /pg_advisory_xact_lock|select merge_patch\(\$2::text::jsonb, \$3::text::jsonb\) as merged\s+offset 0/;
  const ofThisTest =
    /pg_class|count\(\*\) \|\| ' rows '|^select organization_id as id from calls|^insert into (?:vendor_accounts|deliveries|inbound_messages|call_imports) \(/;
  const beforehand =
    /"api_keys"\."token_hash" = any\(|"organizations"\."slug" = \$1|^select "secret" from "cursor_secret"$/;
  const unbound = [withoutTables, ofThisTest, beforehand, bound].reduce(
    (left, known) => left.filter((statement) => !known.test(statement)),
    reading,
  );
  expect(unbound).toEqual([]);
  expect(statements.size).toBeGreaterThan(30);
});

it('the owner finds every one of these things', async () => {
  const names = [
    'organization',
    'call',
    'voiceCall',
    'callFlow',
    'command',
    'group',
    'change',
    'event',
    'rule',
    'delivery',
    'message',
    'callImport',
    'recording',
    'transcript',
    'vendorAccount',
  ] as const;
  const { nodes } = await owner.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: names.map((name) => theirs[name]),
  });
  expect(nodes).toEqual(names.map((name) => ({ id: theirs[name] })));
});
