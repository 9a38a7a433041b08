import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newAccount } from '../../src/db/connection/account.js';
import { voiceCalls } from '../../src/db/tables/voice-calls.js';
import { EventAdmissions } from '../../src/events/event-admissions.service.js';
import type { Viewer } from '../../src/identity/viewer.js';
import { VoiceCallService } from '../../src/voice-calls/voice-call.service.js';
import {
  createVoiceCall,
  mergeCallMetadata,
  patchVoiceCall,
  readHistory,
  updateVoiceCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { VOICE_CALL } from '../vendors/vcita-document.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let voiceCall: Data;
let call: { id: string };
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  ({ voiceCall } = await createVoiceCall(client, { input: VOICE_CALL }));
  call = { id: voiceCall.call.id };
});
afterAll(() => gateway.close());

const CHANGE = `mutation ($voiceCall: VoiceCallLocator!, $input: PatchVoiceCallInput!) {
  patchVoiceCall(voiceCall: $voiceCall, input: $input) { voiceCall { revision price updatedAt } errors { code } }
}`;
const byReference = {
  call: { reference: { system: 'VCITA', name: 'sourceId', value: VOICE_CALL.sourceId } },
};
/** A change without its position and time. */
const shown = ({ kind, revision, patch, oldValues, newValues, actor }: Data) => ({
  ...{ kind, revision, patch, oldValues, newValues, actor },
});

/** The statements of one change, without the query for its key. */
async function statementsOf(locator: object, input: object): Promise<string[]> {
  gateway.takeStatements();
  const { patchVoiceCall: payload } = await client.ask(CHANGE, { voiceCall: locator, input });
  expect(payload.errors).toEqual([]);
  return gateway.takeStatements().slice(1);
}

it('a voice call is read by one statement and written by another, by its own id or its call’s', async () => {
  for (const [index, locator] of [{ id: voiceCall.id }, { call }].entries()) {
    expect(await statementsOf(locator, { price: `${index}.75` })).toEqual([
      expect.stringContaining('inner join "calls"'),
      expect.stringContaining('save_voice_call('),
    ]);
    expect(await statementsOf(locator, { price: `${index}.75` })).toHaveLength(1);
  }
});

it('a new reference is added under locks', async () => {
  gateway.takeStatements();
  const input = { ...VOICE_CALL, sourceId: 'another' };
  expect((await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input })).errors).toEqual([]);
  const isLock = (statement: string) => statement.includes('pg_advisory_xact_lock');
  expect(gateway.takeStatements().some(isLock)).toBe(true);
  const { callByReference } = await client.ask(
    '{ callByReference(reference: { system: VCITA, name: "sourceId", value: "another" }) { id } }',
  );
  expect(callByReference).toEqual(call);
});

it.each([
  ['its price', { price: '7.25' }],
  ['what its call follows', { direction: 'OUTBOUND', duration: 33, toNumber: '+14155550777' }],
  ['its status', { status: 'ANSWERED_BY_STAFF', duration: 61, callSummary: null }],
])('a change of %s is the same, in the log too, whether locks were needed or not', async (_, input) => {
  const changes = [];
  for (const locator of [{ id: voiceCall.id }, byReference]) {
    const other = await gateway.client();
    const { voiceCall: own } = await createVoiceCall(other, { input: VOICE_CALL });
    const target = 'id' in locator ? { id: own.id } : locator;
    const { voiceCall: after } = await patchVoiceCall(other, { voiceCall: target, input });
    const [change] = (await readHistory(other, own.call.id)).toReversed();
    const { call: its } = await other.ask(
      'query ($id: ID!) { call(id: $id) { status vendorStatus direction from to customerNumber duration revision } }',
      { id: own.call.id },
    );
    const { id, call: _call, createdAt, updatedAt, ...record } = after;
    expect(updatedAt).toBe(change.recordedAt);
    changes.push({ change: shown(change), its, record });
  }
  expect(changes[0]?.change.kind).toBe('VOICE_CALL_UPDATED');
  expect(changes[0]).toEqual(changes[1]);
});

it('no concurrent change is lost, even with merges into the same call', async () => {
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const answers = await Promise.all([
    ...numbers.map((number) =>
      updateVoiceCall(client, {
        voiceCall: number % 2 === 0 ? { id: voiceCall.id } : { call },
        input: { ...VOICE_CALL, callSummary: `summary ${number}`, price: `${number}.5` },
      }),
    ),
    ...numbers.map((number) => mergeCallMetadata(client, { call, metadata: { [`key ${number}`]: number } })),
  ]);
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  const revisions = answers.flatMap((answer) => answer.voiceCall?.revision ?? []);
  expect(revisions.toSorted((a, b) => a - b)).toEqual(numbers.map((number) => number + 2));

  const history = await readHistory(client, call.id);
  const changes = history.filter(({ kind }) => kind === 'VOICE_CALL_UPDATED').map(shown);
  expect(changes).toHaveLength(12);
  for (const [index, change] of changes.entries()) {
    const before = changes[index - 1]?.newValues.voiceCall ?? { callSummary: VOICE_CALL.callSummary };
    expect(change.oldValues.voiceCall.callSummary).toBe(before.callSummary);
  }
  // Creating the voice call created the call: two rows with one revision.
  expect(history.map(({ revision }) => revision)).toEqual([
    1,
    ...numbers.flatMap((n) => [2 * n + 1, 2 * n + 2]),
    25,
  ]);
});

it('changes of one event-loop turn read their voice calls by one statement, and each gets its own', async () => {
  const made = await Promise.all(
    Array.from({ length: 4 }, (_, index) =>
      createVoiceCall(client, {
        input: { ...VOICE_CALL, uid: `u${index}`, sourceId: `s${index}`, externalUuid: `e${index}` },
      }),
    ),
  );
  const uuids = await gateway.database.db
    .select({
      id: voiceCalls.id,
      callId: voiceCalls.callId,
      uid: voiceCalls.uid,
      owner: voiceCalls.organizationId,
    })
    .from(voiceCalls)
    .where(inArray(voiceCalls.uid, ['u0', 'u1', 'u2', 'u3']))
    .orderBy(voiceCalls.uid);
  expect(uuids).toHaveLength(made.length);
  const organization = { id: uuids[0]?.owner ?? '', slug: 'x', name: 'x' };
  const viewer: Viewer = {
    organization,
    keyId: 'x',
    kind: 'APP',
    name: 'x',
    staffUid: null,
    scopes: ['ADMIN'],
    account: newAccount(organization.id, 'x'),
  };
  const service = new VoiceCallService(
    gateway.database,
    new EventAdmissions(gateway.database, { metadataMaxBytes: 262_144, metadataMaxDepth: 32 }),
  );
  gateway.takeStatements();
  const label = 'unknown';
  const targets = [...uuids.map(({ id }) => id), '00000000-0000-7000-8000-000000000000'];
  const changed = await Promise.allSettled(
    targets.map((id, index) =>
      service.patch(viewer, { id, path: ['voiceCall'], label }, { price: `${index}.7` }, null),
    ),
  );
  const [look, ...rest] = gateway.takeStatements();
  expect(look).toContain('unnest');
  expect(
    rest.filter((statement) => statement.includes('unnest(')),
    'one look for all',
  ).toEqual([]);
  expect(
    changed.map((each) => (each.status === 'fulfilled' ? [each.value.uid, each.value.price] : null)),
  ).toEqual([...uuids.map(({ uid }, index) => [uid, `${index}.7`]), null]);
});
