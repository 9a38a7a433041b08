import { sql } from 'drizzle-orm';
import type { Database } from '../../../src/db/database.js';
import type { Answer, Client, Variables } from '../../support/gateway.js';

type Data = Answer['data'];

export const eraseCall = async (client: Client, call: object): Promise<Data> =>
  (
    await client.ask(
      `mutation ($call: CallLocator!) { payload: eraseCall(call: $call) { erasedCallId errors { code path } } }`,
      { call },
    )
  ).payload;

export const eraseCustomer = async (client: Client, number: string): Promise<Data> =>
  (
    await client.ask(
      `mutation ($number: String!) {
        payload: eraseCustomer(number: $number) { erasedCalls errors { code path details } } }`,
      { number },
    )
  ).payload;

/** Every row of every table as text, with the table's name: what pg_dump would write. */
export async function dump({ db }: Database): Promise<string[]> {
  const tables = await db.execute<{ name: string }>(sql`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`);
  const rows: string[] = [];
  for (const { name } of tables) {
    const read = await db.execute<{ row: string }>(
      sql`select to_jsonb(t)::text || coalesce(${bytesOf(name)}, '') as row from ${sql.raw(name)} t`,
    );
    rows.push(...read.map(({ row }) => `${name} ${row}`));
  }
  return rows;
}

/** Bodies are bytes, which JSON shows in hexadecimal. */
const bytesOf = (table: string) =>
  table === 'inbound_messages' ? sql`encode(t.body, 'escape')` : sql`null::text`;

export const naming = (rows: readonly string[], words: readonly string[]): string[] =>
  rows.filter((row) => words.some((word) => row.includes(word)));

export const ask = async (client: Client, query: string, variables: Variables = {}): Promise<Data> =>
  (await client.ask(query, variables)).payload;
