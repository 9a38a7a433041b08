import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { summaryOf } from '../../src/db/connection/statement-watch.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { onServer } from '../support/server.js';

const SLOW = 50;

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ slowStatement: SLOW });
  client = await gateway.client();
});
afterAll(() => gateway.close());

const slow = ({ log }: TestGateway) =>
  log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a slow statement');

/** Runs `work` against a lock on all calls that is held for longer than is slow. */
function beforeLock(work: () => Promise<unknown>): Promise<void> {
  return onServer(gateway.databaseUrl, async (sql) => {
    const [running] = await sql.begin(async (tx) => {
      await tx`lock table calls in access exclusive mode`;
      const begun = work();
      const isWaiting = async () =>
        (await tx`select from pg_locks where relation = 'calls'::regclass and not granted`).length > 0;
      while (!(await isWaiting())) await sleep(5);
      await sleep(2 * SLOW);
      return [begun];
    });
    await running;
  });
}

const READ = 'query Slow($id: ID!) { call(id: $id) { id } newest: calls(first: 1) { nodes { id } } }';
const CREATE = `mutation Made($value: String!) { upsertCall(input: {
  references: [{ system: OTHER, name: "id", value: $value }] direction: INBOUND
}) { call { id } errors { message } } }`;

describe('a slow statement', () => {
  it('is logged by its name, with the operation that asked and no parameter', async () => {
    const secret = 'value-that-no-log-has';
    const { upsertCall } = await client.ask(CREATE, { value: secret });
    const { id } = upsertCall.call;
    await beforeLock(() => client.ask(READ, { id }));
    // Others may be slow on a busy machine.
    const ofRead = () => slow(gateway).filter(({ operation }) => operation === 'Slow');
    const names = () => ofRead().map(({ statement }) => statement);
    await expect
      .poll(names)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^calls_by_ids_/), 'list calls whole']));
    for (const line of ofRead()) {
      expect(line).toMatchObject({ level: 40 });
      expect(line.organization).toMatch(/^[0-9a-f-]{36}$/);
      expect(line.duration).toBeGreaterThan(SLOW);
    }
    expect(gateway.log.join()).not.toContain(secret);
    expect(gateway.log.join()).not.toContain('select');
  });

  it('of a transaction is named by what it does and to which table, with its error', async () => {
    gateway.log.length = 0;
    await beforeLock(() => client.ask(CREATE, { value: 'second' }));
    const made = { operation: 'Made', statement: expect.stringMatching(/^[A-Z]+ calls?/) };
    await expect.poll(() => slow(gateway)).toContainEqual(expect.objectContaining(made));
    const failing = gateway.database.transaction((tx) =>
      tx.execute('select pg_sleep(0.1), 1 / (random() * 0)'),
    );
    await expect(failing).rejects.toThrow();
    expect(slow(gateway)).toContainEqual(
      expect.objectContaining({ statement: 'SELECT pg_sleep', code: '22012', operation: null }),
    );
  });

  it('is not looked for with SLOW_STATEMENT=0', async () => {
    const other = await openGatewayOn(gateway.databaseUrl, { slowStatement: 0 });
    await other.database.db.execute('select pg_sleep(0.1)');
    expect(slow(other)).toEqual([]);
    await other.close();
  });
});

describe('the name of a statement', () => {
  it.each([
    ['select 1', 'SELECT', 'SELECT'],
    ['select "id" from "calls" where "id" = $1', 'SELECT calls', 'SELECT'],
    ['  insert into "call_changes" ("id") values ($1)', 'INSERT call_changes', 'INSERT'],
    ['update "public"."calls" set "id" = $1', 'UPDATE calls', 'UPDATE'],
    ['delete from only deliveries where true', 'DELETE deliveries', 'DELETE'],
    ['with gone as (delete from x returning 1) select count(*) from gone', 'DELETE x', 'DELETE'],
    ['select claim_deliveries($1)', 'SELECT claim_deliveries', 'SELECT'],
    ['select * from claim_messages($1, $2)', 'SELECT claim_messages', 'SELECT'],
    ['begin; set local jit = off', 'BEGIN', 'BEGIN'],
    [
      'with t as (select * from jsonb_to_recordset($1) as t (id uuid)) select from t join calls',
      'SELECT calls',
      'SELECT',
    ],
    ['commit', 'COMMIT', 'COMMIT'],
    ['', 'SQL', 'SQL'],
  ])('%s', (text, name, operation) => {
    expect(summaryOf({ text, name: undefined })).toEqual({ name, operation });
  });
});
