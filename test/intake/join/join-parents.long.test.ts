import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../errors/fingerprint.js';
import { by, joinCalls, other, upserted } from '../../events/events.js';
import { codesOf, givenCall, readCall, upsertCall } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { join } from './join.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'joiner' });
});
afterAll(() => gateway.close());

describe('joinCalls moves', () => {
  it('the children, each with its own log row', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const own = await givenCall(client, { parent: { id: call.id } });
    const children = [];
    for (let index = 0; index < 3; index += 1)
      children.push(await givenCall(client, { parent: { id: duplicate.id } }));
    await join(client, call, duplicate);
    const { call: after } = await client.ask(
      'query ($id: ID!) { call(id: $id) { children { totalCount nodes { id parent { id } } } } }',
      { id: call.id },
    );
    const family = [own, ...children].map(({ id }) => ({ id, parent: { id: call.id } })).toReversed();
    expect(after.children).toEqual({ totalCount: 4, nodes: family });
    for (const { id } of children) {
      const child = await readCall(client, id);
      expect(child).toMatchObject({ revision: 2, history: { totalCount: 2 } });
      expect(child.history.nodes[0]).toMatchObject({
        kind: 'UPDATED',
        revision: 2,
        actor: 'joiner',
        patch: null,
        oldValues: { parent: { id: duplicate.id } },
        newValues: { parent: { id: call.id } },
      });
    }
    expect(await readCall(client, own.id)).toMatchObject({ revision: 1, history: { totalCount: 1 } });
  });
});

describe('joinCalls', () => {
  it('moves any number of children', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    await givenCall(client, { parent: { id: duplicate.id } });
    // Inserted directly, because upserting them takes much longer than the join.
    await gateway.database.db.execute(sql`
      insert into calls (organization_id, id, direction, status, parent_id, tags, metadata, flow_revision, revision,
        change_label, created_at, updated_at)
      select organization_id, (substr(id::text, 1, 15) || substr(md5(number::text), 1, 3) || '-8'
          || substr(md5(number::text), 4, 3) || '-' || substr(md5(number::text), 7, 12))::uuid,
        direction, status, parent_id, tags, metadata, flow_revision, revision, change_label, created_at, updated_at
      from calls, generate_series(1, 6999) number where parent_id = ${uuidIn(duplicate.id)}`);
    await join(client, call, duplicate);
    const { call: after } = await client.ask(
      'query ($id: ID!) { call(id: $id) { children { totalCount nodes { revision } } } }',
      { id: call.id },
    );
    expect(after.children.totalCount).toBe(7000);
    expect(after.children.nodes[0].revision).toBe(2);
  });
});

describe('joinCalls and parents: the call', () => {
  it('keeps its own parent, even if the duplicate has another', async () => {
    const [one, two] = [await givenCall(client), await givenCall(client)];
    const call = await givenCall(client, { parent: { id: one.id } });
    const duplicate = await givenCall(client, { parent: { id: two.id } });
    expect((await join(client, call, duplicate)).parent).toEqual({ id: one.id });
    expect((await readCall(client, call.id)).history.nodes[0].newValues).not.toHaveProperty('parent');
  });

  it('takes the duplicate’s parent, known or awaited, if it has none', async () => {
    const parent = await givenCall(client);
    const call = await givenCall(client);
    const duplicate = await givenCall(client, { parent: { id: parent.id } });
    expect((await join(client, call, duplicate)).parent).toEqual({ id: parent.id });
    expect((await readCall(client, call.id)).history.nodes[0]).toMatchObject({
      oldValues: { parent: null },
      newValues: { parent: { id: parent.id } },
    });
    const orphan = await givenCall(client);
    const waiting = await givenCall(client, { parent: by(other('to come')) });
    expect((await join(client, orphan, waiting)).parent).toBeNull();
    const late = await upserted(client, { references: [other('to come')] });
    expect(await readCall(client, orphan.id)).toMatchObject({ parent: { id: late.id }, revision: 3 });
  });

  it('takes the duplicate’s parent if its parent is the duplicate', async () => {
    const top = await givenCall(client);
    const duplicate = await givenCall(client, { parent: { id: top.id } });
    const call = await givenCall(client, { parent: { id: duplicate.id } });
    expect(await join(client, call, duplicate)).toMatchObject({ parent: { id: top.id }, revision: 2 });
    expect((await readCall(client, call.id)).history).toMatchObject({ totalCount: 3 });
  });

  it('has no parent if its parent is the duplicate and that has none', async () => {
    const duplicate = await givenCall(client);
    const call = await givenCall(client, { parent: { id: duplicate.id } });
    expect((await join(client, call, duplicate)).parent).toBeNull();
  });

  it('has no parent if the duplicate’s parent is the call or descends from it', async () => {
    const call = await givenCall(client);
    const child = await givenCall(client, { parent: { id: call.id } });
    const grandchild = await givenCall(client, { parent: { id: child.id } });
    expect((await join(client, call, child)).parent).toBeNull();
    expect((await readCall(client, grandchild.id)).parent.id).toBe(call.id);
    const below = await givenCall(client, { parent: { id: grandchild.id } });
    expect((await join(client, call, below)).parent).toBeNull();
  });

  it('that descends from a child of the duplicate is INVALID, and nothing is written', async () => {
    const duplicate = await givenCall(client);
    const child = await givenCall(client, { parent: { id: duplicate.id } });
    const between = await givenCall(client, { parent: { id: child.id } });
    const call = await givenCall(client, { parent: { id: between.id } });
    const before = await fingerprint(gateway.database);
    const payload = await joinCalls(client, { id: call.id }, { id: duplicate.id });
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['duplicate'] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
    expect(payload.call).toBeNull();
  });

  it('is the parent if an upsert names the duplicate’s id', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    await join(client, call, duplicate);
    expect((await givenCall(client, { parent: { id: duplicate.id } })).parent.id).toBe(call.id);
    const circle = await upsertCall(client, {
      references: call.references,
      parent: { id: duplicate.id },
    });
    expect(codesOf(circle)).toEqual([{ code: 'INVALID', path: ['input', 'parent'] }]);
  });
});
