import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newAccount } from '../../../src/db/connection/account.js';
import { MOST_BYTES } from '../../../src/persisted-operations/persisted-operation.queries.js';
import { PersistedOperationService } from '../../../src/persisted-operations/persisted-operation.service.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const DEAF = { listen: () => ({ close: async () => {} }) };
const MIB = 1_048_576;

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** A service of its own, for an organization of its own. */
async function openService(database = gateway.database) {
  await gateway.client();
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select organization_id as id from organizations order by created_at desc, organization_id desc limit 1`,
  );
  const id = row?.id ?? '';
  const owner = { organization: { id, slug: '', name: '' }, account: newAccount(id, '') };
  const failed = vi.fn();
  const service = new PersistedOperationService([{ database, listener: DEAF }], failed);
  return {
    failed,
    keep: (document: string) => service.keep(owner, hashOf(document), document),
    find: (document: string) => service.find(owner, hashOf(document)),
    close: () => service.close(),
    stored: async () => {
      const rows = await gateway.database.db.execute<{ hash: string }>(
        sql`select encode(hash, 'hex') as hash from persisted_operations where organization_id = ${id}::uuid`,
      );
      return rows.map(({ hash }) => hash);
    },
  };
}

/** A service whose database is away, so that it has its memory alone. */
async function openMemory() {
  const away = await openGatewayOn(gateway.databaseUrl);
  await away.close();
  return openService(away.database);
}

it('a gateway keeps so many documents in memory, those that were used last', async () => {
  const memory = await openMemory();
  const document = (n: number) => `{ n${n} }`;
  for (const n of numbers(20_000)) memory.keep(document(n));
  expect(await memory.find(document(0))).toBe(document(0));
  memory.keep(document(20_000));
  expect(await memory.find(document(0))).toBe(document(0));
  expect(await memory.find(document(1))).toBe(null);
  expect(await memory.find(document(2))).toBe(document(2));
  await memory.close();
});

it('a gateway keeps documents of so many bytes in memory, two of each character', async () => {
  const memory = await openMemory();
  const document = (n: number) => `{ n${n} } #${'x'.repeat(MIB)}`;
  for (const n of numbers(16)) memory.keep(document(n));
  expect(await memory.find(document(0))).toBe(null);
  expect(await memory.find(document(1))).toBe(document(1));
  expect(await memory.find(document(15))).toBe(document(15));
  await memory.close();
});

it('a write that fails is followed by none for some time', async () => {
  const memory = await openMemory();
  for (const n of numbers(10)) memory.keep(`{ n${n} }`);
  await vi.waitFor(() => expect(memory.failed).toHaveBeenCalled());
  memory.keep('{ later }');
  await memory.close();
  expect(memory.failed).toHaveBeenCalledTimes(1);
});

it('so many writes wait at most; what more is sent is kept in memory alone', async () => {
  const service = await openService();
  const documents = numbers(130).map((n) => `{ n${n} }`);
  for (const each of documents) service.keep(each);
  expect(await service.find('{ n129 }')).toBe('{ n129 }');
  await service.close();
  expect((await service.stored()).toSorted()).toEqual(documents.slice(0, 100).map(hashOf).toSorted());
});

it('a use is written once an hour', async () => {
  const service = await openService();
  service.keep('{ used }');
  await vi.waitFor(async () => expect(await service.stored()).toHaveLength(1));
  gateway.takeStatements();
  for (const _ of numbers(5)) expect(await service.find('{ used }')).toBe('{ used }');
  service.keep('{ used }');
  await service.close();
  expect(gateway.takeStatements().filter((each) => each.includes('persisted_operations'))).toEqual([]);
});

it('the bytes of the new document count with those that are stored', async () => {
  const service = await openService();
  const [first, second] = [5, 4].map((mebibytes) => `{ __typename } #${'x'.repeat(mebibytes * MIB)}`);
  service.keep(first as string);
  service.keep(second as string);
  await service.close();
  expect(await service.stored()).toEqual([hashOf(second as string)]);
});

it('a document that is larger than all that is stored is not stored, and drops none', async () => {
  const service = await openService();
  service.keep('{ small }');
  // In bytes, of which each of these has two.
  service.keep(`{ __typename } #${'ä'.repeat(MOST_BYTES / 2)}`);
  await service.close();
  expect(await service.stored()).toEqual([hashOf('{ small }')]);
});
