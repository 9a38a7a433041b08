import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createMatchRule, other, readEvent, recordCallEvent, session } from '../../events/events.js';
import { givenCall, readCall } from '../../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const updateCall = async (call: object, input: Variables, expectedRevision?: number): Promise<Data> =>
  (
    await client.ask(
      `mutation ($call: CallLocator!, $input: UpdateCallInput!, $expectedRevision: Int) {
        payload: updateCall(call: $call, input: $input, expectedRevision: $expectedRevision) {
          call { id revision status vendorStatus from to customerNumber tags duration reason assistant { name }
            references { system value } groups { kind key } }
          errors { code message path details } } }`,
      { call, input, expectedRevision },
    )
  ).payload;

const group = (key: string) => ({ kind: 'case', key });

describe('updateCall', () => {
  it('changes what is given, clears what is null, and leaves the rest', async () => {
    const call = await givenCall(client, {
      ...{
        from: '+4930111',
        to: '+4930222',
        reason: 'none',
        assistant: { assistantId: '1', name: 'Bot' },
        tags: ['a'],
      },
    });
    const { call: after, errors } = await updateCall(
      { id: call.id },
      { to: '+4930333', reason: null, duration: 7 },
    );
    expect(errors).toEqual([]);
    expect(after).toMatchObject({
      ...{
        from: '+4930111',
        to: '+4930333',
        reason: null,
        duration: 7,
        assistant: { name: 'Bot' },
        tags: ['a'],
      },
      revision: 2,
    });
    const { history } = await readCall(client, call.id);
    expect(history.nodes[0]).toMatchObject({
      ...{ kind: 'UPDATED', revision: 2, oldValues: { to: '+4930222', reason: 'none', duration: null } },
      newValues: { to: '+4930333', reason: null, duration: 7 },
    });
  });

  it('adds and removes tags, groups and references one by one, and logs them', async () => {
    const call = await givenCall(client, { tags: ['a', 'b'], groups: [group('u1'), group('u2')] });
    const { call: after } = await updateCall(
      { id: call.id },
      {
        ...{ addTags: ['c', 'a'], removeTags: ['b', 'none'], addGroups: [group('u3')] },
        ...{ removeGroups: [group('u1'), group('never')], addReferences: [session('added')] },
      },
    );
    expect(after.tags).toEqual(['a', 'c']);
    expect(after.groups).toEqual([group('u2'), group('u3')]);
    expect(after.references).toContainEqual({ system: 'CREOVAI', value: 'added' });
    const { history } = await readCall(client, call.id);
    expect(history.nodes[0]).toMatchObject({
      oldValues: { tags: ['a', 'b'], groups: [group('u1'), group('u2')] },
      newValues: { tags: ['a', 'c'], groups: [group('u2'), group('u3')] },
    });
    const again = await updateCall(
      { id: call.id },
      { addTags: ['a'], removeTags: ['b'], removeGroups: [group('u1')] },
    );
    expect(again.call.revision).toBe(after.revision);
  });

  it('follows the rules of status: pairs, and no live status over a terminal one', async () => {
    const call = await givenCall(client, { vendorStatus: 'completed', tags: ['a'] });
    const { call: same } = await updateCall(
      { id: call.id },
      { status: 'RINGING', addTags: ['b'], reason: 'late' },
    );
    expect(same).toMatchObject({
      status: 'COMPLETED',
      vendorStatus: 'completed',
      tags: ['a', 'b'],
      reason: 'late',
    });
    const { call: failed } = await updateCall({ id: call.id }, { status: 'FAILED' });
    expect(failed).toMatchObject({ status: 'FAILED', vendorStatus: null });
  });

  it('REVISION_CONFLICT names both revisions and returns the call', async () => {
    const call = await givenCall(client);
    const { call: present, errors } = await updateCall({ id: call.id }, { reason: 'x' }, 5);
    expect(present).toMatchObject({ id: call.id, revision: 1 });
    expect(errors).toMatchObject([
      { code: 'REVISION_CONFLICT', path: ['expectedRevision'], details: { present: 1, expected: 5 } },
    ]);
    expect((await updateCall({ id: call.id }, { reason: 'x' }, 1)).call.revision).toBe(2);
  });

  it('REFERENCE_CONFLICT names both calls, so that joinCalls can follow', async () => {
    const [one, two] = [await givenCall(client), await givenCall(client, { references: [other('taken')] })];
    const { errors } = await updateCall(
      { id: one.id },
      { addReferences: [other('taken')], addGroups: [group('u4')] },
    );
    expect(errors).toMatchObject([
      {
        code: 'REFERENCE_CONFLICT',
        path: ['input', 'addReferences', '0'],
        details: { calls: [one.id, two.id] },
      },
    ]);
    expect((await readCall(client, one.id)).groups).toEqual([]);
    const [call, duplicate] = errors[0].details.calls;
    const { joined } = await client.ask(
      `mutation ($call: CallLocator!, $duplicate: CallLocator!) {
        joined: joinCalls(call: $call, duplicate: $duplicate) { duplicateId call { id } errors { code } } }`,
      { call: { id: call }, duplicate: { id: duplicate } },
    );
    expect(joined).toEqual({ duplicateId: two.id, call: { id: one.id }, errors: [] });
    // By the id of the record that is no more.
    expect((await updateCall({ id: two.id }, { reason: 'joined' })).call).toMatchObject({
      id: one.id,
      reason: 'joined',
    });
  });

  it('refuses what is wrong, with the path of each argument', async () => {
    const call = await givenCall(client, { tags: Array.from({ length: 49 }, (_, tag) => `t${tag}`) });
    const refused = async (input: Variables) => (await updateCall({ id: call.id }, input)).errors;
    expect(await refused({ addTags: ['x'], removeTags: ['x'] })).toMatchObject([
      { code: 'INVALID', path: ['input', 'addTags', '0'] },
    ]);
    expect(await refused({ addGroups: [group('x')], removeGroups: [group('x')] })).toMatchObject([
      { code: 'INVALID', path: ['input', 'addGroups', '0'] },
    ]);
    expect(await refused({ addTags: ['x', 'y'] })).toMatchObject([
      { code: 'LIMIT_EXCEEDED', path: ['input', 'addTags'], details: { limit: 50, found: 51 } },
    ]);
    expect(await refused({ status: null, duration: -1 })).toMatchObject([
      { code: 'INVALID', path: ['input', 'status'] },
      { code: 'INVALID', path: ['input', 'duration'] },
    ]);
    const { errors } = await updateCall(by(other('nobody')), { reason: 'x' });
    expect(errors).toMatchObject([{ code: 'NOT_FOUND', path: ['call', 'reference'] }]);
    expect((await readCall(client, call.id)).revision).toBe(1);
  });

  it('lets in the events that waited for what it adds', async () => {
    const { event: named } = await recordCallEvent(client, {
      target: { sessionId: 'waits' },
      metadata: { a: 1 },
    });
    const { event: grouped } = await recordCallEvent(client, {
      target: { group: group('waits') },
      metadata: { b: 1 },
    });
    const { matchRule } = await createMatchRule(client, {
      name: 'r',
      metadataPath: ['number'],
      callField: 'FROM',
    });
    const { event: ruled } = await recordCallEvent(client, { metadata: { number: '+4930777777' } });
    const call = await givenCall(client);
    await updateCall(
      { id: call.id },
      { addReferences: [session('waits')], addGroups: [group('waits')], from: '+49 30 777777' },
    );
    for (const { id } of [named, grouped, ruled]) {
      expect(await readEvent(client, id)).toMatchObject({
        match: 'MATCHED',
        calls: { nodes: [{ id: call.id }] },
      });
    }
    expect((await readEvent(client, ruled.id)).matchedBy.id).toBe(matchRule.id);
  });

  it('is adopted as the parent that a call waited for', async () => {
    const child = await givenCall(client, { parent: by(other('mother')) });
    const call = await givenCall(client);
    await updateCall({ id: call.id }, { addReferences: [other('mother')] });
    expect((await readCall(client, child.id)).parent.id).toBe(call.id);
  });
});
