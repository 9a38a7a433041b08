import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, clientOf, openTestGateway, type TestGateway } from '../support/gateway.js';
import { type Running, run, serve } from './tool.js';

let folder: string;
let gateway: TestGateway;
let client: Client;
let notes: Running;
/** The two schemas, as `NAME=FILE=URL`. */
let subgraphs: { name: string; file: string; url: string; sdl: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-federation-'));
  gateway = await openTestGateway({ federation: true });
  client = await gateway.client();
  notes = await serve('notes.mjs');
  subgraphs = await Promise.all(
    Object.entries({ switchboard: gateway.url, notes: notes.url }).map(async ([name, url]) => {
      const { _service } = await clientOf(url, '', undefined).ask('{ _service { sdl } }');
      const file = join(folder, `${name}.graphql`);
      await writeFile(file, _service.sdl);
      return { name, file, url, sdl: _service.sdl as string };
    }),
  );
});
afterAll(async () => {
  await notes.stop();
  await gateway.close();
  await rm(folder, { recursive: true });
});

const byApollo = () =>
  run(
    'compose.mjs',
    subgraphs.map(({ name, file, url }) => `${name}=${file}=${url}`),
  );

function byTheGuild(): string {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

describe.each([
  ['Apollo', byApollo],
  ['The Guild', byTheGuild],
])('a supergraph composed by the composition of %s, behind Hive Gateway,', (who, compose) => {
  let hive: Running;
  let through: Client;
  beforeAll(async () => {
    const file = join(folder, `${who.replace(' ', '')}.graphql`);
    await writeFile(file, await compose());
    hive = await serve('hive.mjs', [file]);
    through = clientOf(hive.url, client.token, `Bearer ${client.token}`);
  });
  afterAll(() => hive.stop());

  it('answers queries of both subgraphs, from either side', async () => {
    const { id, status } = await givenCall(client, { status: 'COMPLETED' });
    const one = await through.ask('query ($id: ID!) { call(id: $id) { id status notes { id text } } }', {
      id,
    });
    expect(one).toEqual({ call: { id, status, notes: [{ id: `note_of_${id}`, text: `About ${id}` }] } });
    // The other subgraph knows the last call's id alone; the rest comes by _entities.
    const other = await through.ask(
      '{ notes { nodes { text call { status revision } } pageInfo { hasNextPage } } }',
    );
    expect(other).toEqual({
      notes: {
        nodes: [{ text: `About ${id}`, call: { status, revision: expect.any(Number) } }],
        pageInfo: { hasNextPage: false },
      },
    });
    const list = await through.ask(
      '{ calls(first: 50) { nodes { id notes { text } } pageInfo { hasNextPage } } }',
    );
    expect(list.calls.nodes).toContainEqual({ id, notes: [{ text: `About ${id}` }] });
  });

  it('writes, and passes the sign-in on', async () => {
    const { id } = await givenCall(client);
    const { mergeCallMetadata: merged } = await through.ask(
      `mutation ($call: CallLocator!) { mergeCallMetadata(call: $call, metadata: { a: 1 }) {
        call { metadata notes { text } } errors { code } } }`,
      { call: { id } },
    );
    expect(merged).toEqual({ call: { metadata: { a: 1 }, notes: [{ text: `About ${id}` }] }, errors: [] });
    const { errors } = await clientOf(hive.url, '', undefined).send(
      'query ($id: ID!) { call(id: $id) { id } }',
      { id },
    );
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('follows changes by a subscription, with fields of both', async () => {
    const { id, revision } = await givenCall(client);
    const sse = createSseClient({
      url: hive.url,
      headers: { authorization: `Bearer ${client.token}` },
      retryAttempts: 0,
    });
    const changes = sse.iterate({
      query: `subscription ($call: CallLocator!) { callChanged(call: $call) { call { id revision notes { text } } } }`,
      variables: { call: { id } },
    });
    const next = changes.next();
    await gateway.subscribers(1);
    await mergeCallMetadata(client, { call: { id }, metadata: { b: 2 } });
    expect((await next).value).toMatchObject({
      data: { callChanged: { call: { id, revision: revision + 1, notes: [{ text: `About ${id}` }] } } },
    });
    await changes.return?.(undefined);
    sse.dispose();
    await gateway.subscribers(0);
  });
});
