import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { KeyUses } from '../../src/identity/key-uses.js';
import { uuidIn } from '../support/events.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { numbers } from '../support/numbers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const QUERY = '{ viewer { organization { id } } }';
const keyOf = async (slug: string) =>
  (await new ApiKeyService(gateway.database).list(slug))[0] ?? expect.fail();
const lastUse = async (slug: string) => (await keyOf(slug)).lastUsedAt;

it('a key has no last use before its first, and one soon after it', async () => {
  const client = await gateway.client({ organization: 'used' });
  expect(await lastUse('used')).toBeNull();
  const before = Date.now();
  await client.ask(QUERY);
  await expect.poll(() => lastUse('used'), { timeout: 60_000 }).not.toBeNull();
  const at = (await lastUse('used'))?.getTime() ?? 0;
  // The clocks of the gateway and the database are the same machine's.
  expect(at).toBeGreaterThanOrEqual(before);
});

it('many requests of many keys in a minute are one write of each key, from whichever gateway', async () => {
  const clients = await Promise.all(numbers(3).map((n) => gateway.client({ organization: `many-${n}` })));
  const other = await openGatewayOn(gateway.databaseUrl);
  const [{ organization = '' } = {}] = await Promise.all(
    clients.map(async (client) => (await client.ask(QUERY)).viewer.organization.id),
  ).then((ids) => ids.map((id) => ({ organization: uuidIn(id) })));
  await expect
    .poll(() => Promise.all(numbers(3).map((n) => lastUse(`many-${n}`))), { timeout: 60_000 })
    .not.toContain(null);
  const versions = () =>
    gateway.database.db.execute(sql`select id, xmin::text from api_keys where name = 'test key' order by id`);
  const before = await versions();
  for (const client of clients) {
    for (const _ of numbers(5)) await client.ask(QUERY);
    for (const _ of numbers(5)) await other.anonymous(`Bearer ${client.token}`).ask(QUERY);
  }
  // Its close writes what waits.
  await other.close();
  expect(await versions()).toEqual(before);
  expect(organization).not.toBe('');
});

it('a key that was used more than a minute ago is noted anew', async () => {
  await gateway.client({ organization: 'late' });
  const { id } = await keyOf('late');
  const [row] = await gateway.database.db.execute<{ organization: string }>(sql`
    update api_keys set last_used_at = now() - interval '61 seconds' where id = ${id}
    returning organization_id as organization`);
  const uses = new KeyUses(gateway.database.db, (error) => expect.fail(String(error)));
  uses.note({ keyId: id, organization: { id: row?.organization ?? '' } });
  const old = await lastUse('late');
  await uses.close();
  expect((await lastUse('late'))?.getTime()).toBeGreaterThan(old?.getTime() ?? Number.POSITIVE_INFINITY);
});

it('a role that may not write keys serves on, and is reported once', async () => {
  const { id } = await keyOf('late');
  const failures: unknown[] = [];
  const failing = {
    execute: () => Promise.reject(Object.assign(new Error('permission denied'), { code: '42501' })),
  };
  const uses = new KeyUses(failing as never, (error) => void failures.push(error));
  uses.note({ keyId: id, organization: { id } });
  await uses.close();
  uses.note({ keyId: `${id}0`, organization: { id } });
  await uses.close();
  expect(failures).toHaveLength(1);
});
