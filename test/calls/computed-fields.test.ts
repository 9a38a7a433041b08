import { isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';
import type { HistoryRow } from '../../src/changes/change.queries.js';
import type { ShownCall } from '../../src/db/tables/call-columns.js';
import type { ShownEvent } from '../../src/events/call-event.queries.js';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

const REFERENCE = '{ system: BURKI, name: "id", value: "1" }';
const CALL = `{ reference: ${REFERENCE} }`;

/** For each type, one field reports whether these members of the row are present. */
const COMPUTED = {
  Call: { name: 'sipType', from: ['tags', 'startedAt', 'revision', 'flowRevision'] },
  CallEvent: { name: 'eventId', from: ['eventTime', 'matchedBy'] },
  CallChange: { name: 'patchOrder', from: ['kind', 'actor'] },
};

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  for (const [type, { name, from }] of Object.entries(COMPUTED)) {
    const object = publicSchema().getType(type);
    const field = isObjectType(object) ? object.getFields()[name] : undefined;
    if (field === undefined) throw new Error(`${type} has no ${name}.`);
    field.resolve = (row: object) => `${from.every((member) => member in row)}`;
  }
  gateway = await openTestGateway();
  client = await gateway.client();
  await client.ask(`mutation {
    upsertCall(input: { references: [${REFERENCE}], metadata: { a: 1 } }) { created }
    other: upsertCall(input: { references: [{ system: BURKI, name: "id", value: "2" }] }) { created }
    recordCallEvent(
      input: { target: { call: ${CALL} }, eventTime: "2024-01-01T00:00:00Z", metadata: { a: 2 } }
    ) { event { id } }
    joinCalls(
      call: ${CALL}
      duplicate: { reference: { system: BURKI, name: "id", value: "2" } }
    ) { errors { message } }
  }`);
});
afterAll(() => gateway?.close());

it.each([
  `{ callByReference(reference: ${REFERENCE}) { sipType } }`,
  '{ calls { nodes { sipType } } }',
  '{ calls(orderBy: { field: UPDATED_AT }) { nodes { sipType } } }',
  '{ calls(filter: { metadata: { hasKeys: ["a"] } }) { nodes { sipType } } }',
  '{ callEvents { nodes { eventId calls { nodes { sipType } } } } }',
  `{ callByReference(reference: ${REFERENCE}) { events { nodes { eventId } } history { nodes { patchOrder } } } }`,
  `mutation { mergeCallMetadata(call: ${CALL}, metadata: { b: 1 }) { call { sipType } } }`,
  `mutation { mergeCallsMetadata(items: [{ call: ${CALL}, metadata: { c: 1 } }]) { call { sipType } } }`,
  `mutation { replaceCallFlow(call: ${CALL}, commands: [{ hangup: {} }]) { callFlow { call { sipType } } } }`,
])('a field finds the members of its row that the document does not name: %s', async (document) => {
  for (let execution = 1; execution <= 3; execution += 1) {
    const answer = JSON.stringify(await client.ask(document));
    expect(answer, `execution ${execution}`).toContain('"true"');
    expect(answer, `execution ${execution}`).not.toContain('"false"');
  }
});

it('large columns are not read unless the document selects them, and their type is optional', () => {
  expectTypeOf<undefined>().toExtend<ShownCall['metadata']>();
  expectTypeOf<undefined>().toExtend<ShownEvent['metadata']>();
  expectTypeOf<undefined>().toExtend<HistoryRow['patch']>();
  expectTypeOf<undefined>().toExtend<HistoryRow['oldValues']>();
  expectTypeOf<undefined>().toExtend<HistoryRow['newValues']>();
});

it.each(['call { id }', 'matches'])('a join is shown with %s, and without its values', async (field) => {
  const query = `{ callByReference(reference: ${REFERENCE}) { history { nodes { kind ${field} } } } }`;
  for (let execution = 1; execution <= 3; execution += 1) {
    const { callByReference } = await client.ask(query);
    expect(callByReference.history.nodes).toContainEqual(expect.objectContaining({ kind: 'JOINED' }));
  }
});
