import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../graphql-server/persisted/persisted.js';
import { givenCall } from '../support/documents.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { run } from './tool.js';

const SCHEMA = fileURLToPath(new URL('../../schema.graphql', import.meta.url));
const DOCUMENTS = {
  'shown.graphql': 'fragment Shown on Call { id status }',
  'shown-call.graphql': 'query ShownCall($id: ID!) { call(id: $id) { ...Shown } }',
  'shows.graphql': `subscription Shows($call: CallLocator!) { callChanged(call: $call) { call { ...Shown } } }`,
};

let folder: string;
let first: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-manifests-'));
  for (const [name, text] of Object.entries(DOCUMENTS)) await writeFile(join(folder, name), text);
  first = await openTestGateway();
});
afterAll(async () => {
  await first.close();
  await rm(folder, { recursive: true });
});

async function serves(manifest: string, documents: [id: string, text: string][]): Promise<void> {
  const gateway = await openGatewayOn(first.databaseUrl, {
    persistedOperations: 'only',
    persistedManifest: manifest,
  });
  const client = await gateway.client();
  const call = await givenCall(await first.client());
  const [query = ''] =
    documents.find(([, text]) => text.startsWith('query') || text.includes('query ShownCall')) ?? [];
  const answer = await post(gateway, client.token, { documentId: query, variables: { id: call.id } });
  expect(answer.data).toEqual({ call: null });
  expect(documents).toHaveLength(2);
  await gateway.close();
}

it("takes the manifest that Apollo's tool writes", async () => {
  const cli = 'node_modules/@apollo/generate-persisted-query-manifest/cli.js';
  await writeFile(
    join(folder, 'persisted-query-manifest.config.json'),
    JSON.stringify({ documents: Object.keys(DOCUMENTS), output: 'manifest.json' }),
  );
  await run(cli, [], folder);
  const path = join(folder, 'manifest.json');
  const { format, operations } = JSON.parse(await readFile(path, 'utf8'));
  expect(format).toBe('apollo-persisted-query-manifest');
  await serves(
    path,
    operations.map(({ id, body }: { id: string; body: string }) => [id, body]),
  );
});

it("takes the documents that graphql-codegen's client preset writes", async () => {
  const path = join(folder, 'persisted-documents.json');
  const all = join(folder, 'all.txt');
  await writeFile(all, Object.values(DOCUMENTS).join('\n'));
  await run('codegen.mjs', [SCHEMA, all, path]);
  await serves(path, Object.entries(JSON.parse(await readFile(path, 'utf8'))));
});
