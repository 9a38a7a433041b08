import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken } from '../../src/identity/token.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

describe('a token', () => {
  it('is sb_ and 256 unique bits', () => {
    const tokens = Array.from({ length: 100 }, newToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) {
      expect(token).toMatch(/^sb_[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(token.slice(3), 'base64url')).toHaveLength(32);
    }
  });

  it('is stored only as its SHA-256', async () => {
    const { token, ask } = await gateway.client({ name: 'ci', scopes: ['CALLS_READ'] });
    await ask('{ viewer { name } }');
    const columns = await gateway.database.db.execute<{ name: string; type: string }>(sql`
      select column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and table_name = 'api_keys'
        and data_type in ('text', 'character varying', 'ARRAY', 'bytea', 'jsonb', 'json') order by column_name`);
    expect(columns).toContainEqual({ name: 'token_hash', type: 'bytea' });
    const texts = columns.map(({ name, type }) =>
      type === 'bytea' ? sql`encode(${sql.identifier(name)}, 'hex')` : sql`${sql.identifier(name)}::text`,
    );
    const rows = await gateway.database.db.execute<{ texts: (string | null)[] }>(
      sql`select array[${sql.join(texts, sql`, `)}] as texts from api_keys`,
    );
    const stored = rows.flatMap((row) => row.texts).filter((text) => text !== null);
    const secret = token.slice('sb_'.length);
    const bytes = Buffer.from(secret, 'base64url');
    const forms = [
      token,
      secret,
      Buffer.from(token).toString('hex'),
      bytes.toString('hex'),
      bytes.toString('base64'),
    ];
    for (const form of forms) expect(stored.filter((text) => text.includes(form))).toEqual([]);
    expect(stored).toContain(createHash('sha256').update(token).digest('hex'));
  });

  it('is in no other table and not in the log', async () => {
    const { token, send } = await gateway.client();
    await send('mutation { hangUpCall(call: { id: "x" }) { errors { code } } }');
    await gateway.anonymous(`Bearer ${token}x`).send('{ viewer { name } }');
    const tables = await gateway.database.db.execute<{ name: string }>(sql`
      select table_schema || '.' || table_name as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`);
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      const [schema = '', table = ''] = name.split('.');
      const found = await gateway.database.db.execute(
        sql`select 1 from ${sql.identifier(schema)}.${sql.identifier(table)} t where position(${token} in t::text) > 0`,
      );
      expect({ name, found: found.length }).toEqual({ name, found: 0 });
    }
    expect(gateway.log.join('\n')).not.toContain(token);
  });
});
