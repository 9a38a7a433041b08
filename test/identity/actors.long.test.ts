import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALL_CHANGE_KINDS } from '../../src/changes/call-change.enums.js';
import { followOver, settled } from '../live/followers.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { claimsOfAnn, Issuer } from '../support/issuer.js';
import { ASKINGS, type Asking } from './root-fields.js';
import { fresh, makeWorld, organizationOf, VOICE_CALL } from './world.js';

type Data = Answer['data'];

const NAME = String(claimsOfAnn().name);
/** The voice calls that the requests write are hers. */
const CLAIMS = { staff_uid: VOICE_CALL.staffUid };

let issuer: Issuer;
let gateway: TestGateway;
let key: Client;
let person: Client;

beforeAll(async () => {
  issuer = await Issuer.open();
  gateway = await openTestGateway({ jwt: issuer.config() });
  key = await gateway.client({ organization: 'acme', name: NAME });
  person = gateway.anonymous(`Bearer ${await issuer.token(CLAIMS)}`);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const reference = (value: string) => ({ system: 'OTHER', name: 'case', value });
/** What the requests of the root fields leave out: changes of a call that is known, and events that wait for theirs. */
const MORE: Asking = {
  field: 'several',
  by: 'one request',
  document: `mutation (
    $one: CallReferenceInput!, $other: CallReferenceInput!, $voiceCall: CreateVoiceCallInput!, $number: String!, $metadata: JSONObject!
  ) {
    waits: recordCallEvent(input: {
      target: { call: { reference: $one } }, eventTime: "2024-01-15T10:00:00Z", metadata: { waited: true }
    }) { errors { code } }
    unnamed: recordCallEvent(input: { eventTime: "2024-01-15T10:00:00Z", metadata: $metadata }) { errors { code } }
    one: upsertCall(input: { references: [$one], from: $number, startedAt: "2024-01-15T10:00:00Z" }) { errors { code } }
    other: upsertCall(input: { references: [$other], metadata: { a: 1 } }) { errors { code } }
    again: upsertCall(input: { references: [$one], reason: "again" }) { errors { code } }
    createVoiceCall(call: { reference: $one }, input: $voiceCall) { errors { code } }
    createMatchRule(input: { name: "number", metadataPath: ["ani"], callField: FROM }) { errors { code } }
    joinCalls(call: { reference: $one }, duplicate: { reference: $other }) { errors { code } }
  }`,
  variables: () => {
    const number = `+1415${Math.floor(1e6 + Math.random() * 8e6)}`;
    return {
      one: reference(fresh('case')),
      other: reference(fresh('case')),
      voiceCall: { ...VOICE_CALL, sourceId: fresh('source'), externalUuid: fresh('external') },
      number,
      metadata: { ani: number },
    };
  },
};
const WRITES = [...ASKINGS.filter(({ document }) => document.startsWith('mutation')), MORE];

interface Written extends Record<string, unknown> {
  kind: string;
  actor: string;
  actor_type: string | null;
}

/** What is in the log and among the events of an organization, but for what was made to be written. */
async function written(organization: string): Promise<Written[]> {
  const rows = await gateway.database.db.execute<Written>(sql`
    select kind, actor, actor_type from call_changes where organization_id = ${organization}
    union all
    select 'event', actor, actor_type from call_events where organization_id = ${organization}`);
  return rows.filter(({ actor }) => actor !== 'maker' && actor !== 'test key');
}

describe.each(['API_KEY', 'PERSON'] as const)('of the type %s', (type) => {
  const signedIn = async (organization: string) => {
    if (type === 'API_KEY') return gateway.client({ organization, name: NAME });
    return gateway.anonymous(`Bearer ${await issuer.token({ ...CLAIMS, organization })}`);
  };

  it('is recorded in all kinds of changes and events', async () => {
    const work = WRITES.values();
    const owners = new Set<string>();
    // In several organizations, because each has at most 100 vendor accounts.
    const worker = async (number: number) => {
      const organization = `all-by-${type === 'PERSON' ? 'person' : 'key'}-${number}`;
      const maker = await gateway.client({ organization, name: 'maker' });
      const client = await signedIn(organization);
      for (const { field, by, document, variables } of work) {
        // A world for each, so that it finds something to change.
        const names = await makeWorld(maker, gateway.database);
        owners.add(organizationOf(names));
        const { errors } = await client.send(document, variables(names));
        expect({ field, by, errors }).toEqual({ field, by, errors: undefined });
      }
      // The world's event is in no ledger.
      const { recordCallEvent } = await client.ask(
        `mutation { upsertCall(input: { references: [{ system: OTHER, name: "number", value: "1" }] }) { errors { code } }
          recordCallEvent(input: { target: { call: { reference: { system: OTHER, name: "number", value: "1" } } },
            eventTime: "2024-01-15T10:00:00Z", metadata: { b: 1 } }) { event { id } errors { code } } }`,
      );
      await client.ask('mutation ($id: ID!) { dismissCallEvent(id: $id) { errors { code } } }', {
        id: recordCallEvent.event.id,
      });
    };
    await Promise.all([1, 2, 3].map(worker));
    expect(owners.size).toBe(3);
    const all = (await Promise.all([...owners].map(written))).flat();
    expect(all.filter(({ actor, actor_type }) => actor !== NAME || actor_type !== type)).toEqual([]);
    const kinds = new Set(all.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([...CALL_CHANGE_KINDS, 'event'].toSorted());
  });

  it('is shown in the history, of an event, live, and by node', async () => {
    const client = type === 'PERSON' ? person : key;
    const token = type === 'PERSON' ? await issuer.token(CLAIMS) : key.token;
    const { call } = await makeWorld(key, gateway.database);
    const document = 'subscription ($id: ID!) { callChanged(call: { id: $id }) { id kind actor actorType } }';
    await settled(gateway);
    const follower = followOver('ws', { url: gateway.url, token }, document, { id: call });
    await gateway.subscribers(1);
    const { recordCallEvent } = await client.ask(
      `mutation ($id: ID!) {
        mergeCallMetadata(call: { id: $id }, metadata: { by: "me" }) { errors { code } }
        recordCallEvent(input: { target: { call: { id: $id } }, eventTime: "2024-01-15T10:00:00Z", metadata: { b: 1 } }) {
          event { id actor actorType } errors { code }
        }
      }`,
      { id: call },
    );
    const told = await follower.until(2);
    follower.stop();
    await gateway.subscribers(0);
    const { call: read } = await client.ask(
      'query ($id: ID!) { call(id: $id) { history(first: 2) { nodes { id kind actor actorType event { id actor actorType } } } } }',
      { id: call },
    );
    const [applied, merged]: Data[] = read.history.nodes;
    const who = { actor: NAME, actorType: type };
    expect(recordCallEvent.event).toMatchObject(who);
    expect(applied).toMatchObject({ kind: 'EVENT_APPLIED', ...who, event: recordCallEvent.event });
    expect(merged).toMatchObject({ kind: 'METADATA_MERGED', ...who });
    expect(told).toEqual([merged, applied].map(({ id, kind }) => ({ id, kind, ...who })));
    const { node } = await client.ask(
      'query ($id: ID!) { node(id: $id) { ... on CallChange { actor actorType } } }',
      {
        id: merged.id,
      },
    );
    expect(node).toEqual(who);
  });
});

it('is unknown for records older than its column', async () => {
  const { call, event } = await makeWorld(key, gateway.database);
  await gateway.database.db.execute(sql`update call_changes set actor_type = null`);
  await gateway.database.db.execute(sql`update call_events set actor_type = null`);
  const { call: read, node } = await key.ask(
    `query ($id: ID!, $event: ID!) {
      call(id: $id) { history { nodes { actor actorType } } } node(id: $event) { ... on CallEvent { actorType } }
    }`,
    { id: call, event },
  );
  expect(read.history.nodes[0]).toEqual({ actor: NAME, actorType: null });
  expect(node).toEqual({ actorType: null });
});
