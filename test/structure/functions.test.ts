import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  compareWithFiles,
  type FunctionFile,
  functionFiles,
  inOrderOfUse,
} from '../../src/db/functions/function-files.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function compare(files: FunctionFile[]) {
  let difference: unknown;
  await onServer(database.url, async (sql) => {
    const { changed, ...others } = await compareWithFiles(sql, files);
    difference = { changed: changed.map(({ name }) => name), ...others };
  });
  return difference;
}

const SAME = { changed: [], withoutFile: [], misnamed: [] };

/** The files, with another text for one of them. */
const withText = (name: string, change: (text: string) => string): FunctionFile[] =>
  functionFiles().map((file) => (file.name === name ? { name, text: change(file.text) } : file));

test('the migrations make each function as its file has it, and no other', async () => {
  const files = functionFiles();
  expect(files.length).toBeGreaterThan(30);
  expect(await compare(files)).toEqual(SAME);
});

test('a file that was changed is found, and nothing of it stays in the database', async () => {
  const files = withText('events_of_a_step', (text) => text.replace('2000)', '2001)'));
  expect(await compare(files)).toEqual({ ...SAME, changed: ['events_of_a_step'] });
  expect(await compare(functionFiles())).toEqual(SAME);
});

test('a function without a file is found, and a file without a function', async () => {
  const without = functionFiles().filter(({ name }) => name !== 'late_patch');
  expect(await compare(without)).toEqual({
    ...SAME,
    withoutFile: ['ROUTINE late_patch(uuid,uuid,jsonb,jsonb,timestamp with time zone,bigint)'],
  });
  const added = {
    name: 'one_more',
    text: 'CREATE FUNCTION one_more() RETURNS integer LANGUAGE sql RETURN 1',
  };
  expect(await compare([...functionFiles(), added])).toEqual({ ...SAME, changed: ['one_more'] });
  expect(await compare([...functionFiles(), { name: 'one_more', text: 'select 1' }])).toEqual({
    ...SAME,
    misnamed: ['one_more'],
  });
});

test('an overload or trigger that its file lacks is found, and a function of another name', async () => {
  const overload = withText('log_end', (text) => text.slice(0, text.indexOf('-- The same')));
  expect(await compare(overload)).toEqual({ ...SAME, withoutFile: ['ROUTINE log_end()'] });
  const trigger = withText('set_actor_type', (text) =>
    text.slice(0, text.indexOf('CREATE OR REPLACE TRIGGER')),
  );
  expect(await compare(trigger)).toEqual({
    ...SAME,
    withoutFile: ['TRIGGER set_actor_type ON call_changes'],
  });
  const named = withText(
    'new_uuid',
    (text) => `${text} CREATE FUNCTION other() RETURNS integer LANGUAGE sql RETURN 1`,
  );
  expect(await compare(named)).toEqual({ ...SAME, withoutFile: ['ROUTINE other()'] });
});

test('functions come after those that they use, and may not use each other in a circle', () => {
  const file = (name: string, text: string) => ({ name, text });
  const [a, b, c] = [file('a', 'RETURN c()'), file('b', '-- a\nRETURN b()'), file('c', 'RETURN b()')];
  expect(inOrderOfUse([a, b, c])).toEqual([b, c, a]);
  expect(() => inOrderOfUse([a, c, file('b', 'RETURN a()')])).toThrow('in a circle: a > c > b > a');
});
