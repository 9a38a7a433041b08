import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { makeRichWorld } from '../graphql-server/execution/rich-world.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver } from '../live/followers.js';
import { givenCall, mergeCallMetadata, readHistory } from '../support/documents.js';
import { type Client, clientOf, openGatewayOn } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type Ended, runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';

const LOST = [{ extensions: { code: 'CURSOR_LOST' } }];

let folder: string;
let source: TestDatabase;
let file: string;
let token: string;
/** Before and after the backup. */
const cursors = { kept: '', lost: '' };
let call: { id: string };

const run = (url: string, ...args: string[]): Promise<Ended> =>
  runProgram('cli/main.js', args, { DATABASE_URL: url });

async function newDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`);
  onTestFinished(() => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`));
  return databaseUrl(inject('adminUrl'), name);
}

/** All rows as text, by table, without what every restore changes. */
async function rowsOf(url: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  await onServer(url, async (sql) => {
    const tables = await sql`
      select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace and relname not in ('log_epoch', 'log_parts', 'switchboard_migrations')`;
    for (const { name } of tables) {
      const rows = await sql`select t::text as row from ${sql(name)} t order by 1`;
      found[name] = rows.map(({ row }) => row);
    }
  });
  return found;
}

/** Indexes, constraints and triggers. */
async function structureOf(url: string): Promise<string[]> {
  let found: string[] = [];
  await onServer(url, async (sql) => {
    const rows = await sql`
      select pg_get_indexdef(indexrelid) || ' ' || indisvalid as text from pg_index i
      join pg_class t on t.oid = i.indrelid where t.relnamespace = 'public'::regnamespace
      union all
      select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated from pg_constraint
      where connamespace = 'public'::regnamespace
      union all
      select pg_get_triggerdef(oid) || ' ' || tgenabled::text from pg_trigger where not tgisinternal
      order by 1`;
    found = rows.map(({ text }) => text);
  });
  return found;
}

const positionAfter = async (url: string): Promise<bigint> => {
  let position = 0n;
  await onServer(url, async (sql) => {
    const [row] = await sql`select nextval('call_references_position_seq')::text as next`;
    position = BigInt(row?.next);
  });
  return position;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-backup-'));
  file = join(folder, 'calls.backup');
  source = await createTestDatabase();
  const gateway = await openGatewayOn(source.url);
  const client = await gateway.client({ organization: 'acme' });
  token = client.token;
  await makeRichWorld(client, gateway.database);
  call = (await givenCall(client)) as { id: string };
  cursors.kept = (await client.ask('{ changeCursor }')).changeCursor;
  const { code, stdout, stderr } = await runProgram(
    'cli/main.js',
    ['backup', file],
    { DATABASE_URL: source.url },
    { atEnd: () => {} },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/rows {2}[\d,]+\/s\n$/) });
  expect(stdout).toMatch(/^[\d,]+ rows of \d+ tables were written to .*calls\.backup\.\n/);
  for (const n of [1, 2, 3]) await mergeCallMetadata(client, { call: { id: call.id }, metadata: { n } });
  cursors.lost = (await client.ask('{ changeCursor }')).changeCursor;
  await gateway.close();
});
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true, force: true });
});

test('a backup is for its owner alone, and is restored row for row, with all indexes, keys and triggers', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['calls.backup']);
  const again = join(folder, 'again.backup');
  await run(source.url, 'backup', again);
  const url = await newDatabase();
  const { code, stdout } = await run(url, 'restore', again);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^[\d,]+ rows of \d+ tables were restored, as they were on .* UTC\.\n/),
  });
  const rows = await rowsOf(source.url);
  expect(await rowsOf(url)).toEqual(rows);
  expect(Object.values(rows).filter(({ length }) => length > 0).length).toBeGreaterThan(15);
  expect(await structureOf(url)).toEqual(await structureOf(source.url));
  expect(await positionAfter(url)).toBe(await positionAfter(source.url));
  await rm(again);
});

test('a cursor of what the backup lacks is lost, also if the backup is restored twice, and one that it has goes on', async () => {
  const before: string[] = [cursors.lost];
  const clients: Client[] = [];
  for (const turn of [1, 2]) {
    const url = await newDatabase();
    expect(await run(url, 'restore', file)).toMatchObject({ code: 0 });
    const gateway = await openGatewayOn(url);
    onTestFinished(gateway.close);
    const client = clientOf(gateway.url, token, `Bearer ${token}`);
    clients.push(client);
    for (const n of [4, 5]) await mergeCallMetadata(client, { call: { id: call.id }, metadata: { n } });
    const target = { url: gateway.url, token };
    for (const after of before) {
      const followers = [
        followOver('sse', target, CALLS_CHANGED, { after }),
        followOver('ws', target, CALL_CHANGED, { call: { id: call.id }, after }),
      ];
      for (const follower of followers) {
        await follower.ended();
        expect(follower.errors, `restore ${turn}`).toMatchObject(LOST);
        expect(follower.changes).toEqual([]);
      }
    }
    const good = followOver('ws', target, CALLS_CHANGED, { after: cursors.kept });
    expect((await good.until(2)).map(({ newValues: { metadata } }) => metadata)).toMatchObject([
      { n: 4 },
      { n: 5 },
    ]);
    before.push((await client.ask('{ changeCursor }')).changeCursor);
  }
  const [first, second] = await Promise.all(clients.map((client) => readHistory(client, call.id)));
  expect(first).toHaveLength(second?.length ?? 0);
});

test('a place of the log is given by one of two restores alone, even if both give the same labels', async () => {
  const places = await Promise.all(
    ['one', 'two'].map(async () => {
      const url = await newDatabase();
      await run(url, 'restore', file);
      let place = '';
      await onServer(url, async (sql) => {
        const [row] =
          await sql`select nextval('call_change_seq')::text as seq, (select epoch::text from log_epoch) as epoch`;
        place = `${row?.epoch} ${row?.seq}`;
      });
      return place;
    }),
  );
  expect(places[0]?.split(' ')[0]).toBe(places[1]?.split(' ')[0]);
  expect(places[0]).not.toBe(places[1]);
});

test('a backup beside writes has the database of one moment', async () => {
  const gateway = await openGatewayOn(source.url);
  const client = await gateway.client({ organization: 'busy' });
  const counted = await Promise.all([1, 2, 3, 4].map(() => givenCall(client)));
  let isOver = false;
  const writing = Promise.all(
    counted.map(async ({ id }) => {
      for (let n = 1; !isOver; n += 1) await mergeCallMetadata(client, { call: { id }, metadata: { n } });
    }),
  );
  const out = join(folder, 'beside.backup');
  expect(await run(source.url, 'backup', out)).toMatchObject({ code: 0 });
  isOver = true;
  await writing;
  await gateway.close();
  const url = await newDatabase();
  expect(await run(url, 'restore', out)).toMatchObject({ code: 0 });
  await onServer(url, async (sql) => {
    const calls = await sql`
      select c.revision, (c.metadata ->> 'n')::int as n, (
        select count(*)::int from call_changes h where h.call_id = c.id and h.kind = 'METADATA_MERGED') as merges
      from calls c join organizations o using (organization_id) where o.slug = 'busy'`;
    expect(calls).toHaveLength(4);
    for (const { revision, n, merges } of calls) {
      expect(n ?? 0).toBe(merges);
      expect(revision).toBe(1 + merges);
    }
  });
  await rm(out);
});

test('standard output and standard input do as well', async () => {
  const { stdout, stderr, code } = await run(source.url, 'backup', '-');
  expect(code).toBe(0);
  expect(stdout).not.toBe('');
  expect(stderr).toMatch(/rows of \d+ tables were written to -\.\n/);
});

describe('a database is left as it was', () => {
  test.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2)), /ends half-way/],
    ['cut by a byte', (bytes: Buffer) => bytes.subarray(0, -1), /ends half-way/],
    [
      'cut after a whole row, and packed again',
      (bytes: Buffer) => {
        const text = gunzipSync(bytes);
        return gzipSync(text.subarray(0, text.indexOf('\n', text.length / 2) + 1));
      },
      /ends half-way/,
    ],
    [
      'without a row',
      (bytes: Buffer) => {
        const lines = gunzipSync(bytes).toString().split('\n');
        const at = lines.findIndex((line) => line.startsWith('{"table":"call_references"'));
        return gzipSync(lines.toSpliced(at + 1, 1).join('\n'));
      },
      /rows of call_references, not/,
    ],
    [
      'damaged',
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt32BE(0xdeadbeef, Math.floor(bytes.length / 2));
        return copy;
      },
      /damaged|half-way|invalid|violates|extra data|missing data/,
    ],
    ['empty', () => Buffer.alloc(0), /ends half-way/],
    ['of pg_dump', () => Buffer.from('PGDMP\u0001\u000e'), /pg_restore/],
    ['of something else', () => gzipSync('a,b,c\n'), /no backup of Switchboard/],
    [
      'of a newer version',
      (bytes: Buffer) => {
        const text = gunzipSync(bytes).toString();
        return gzipSync(
          text.replace(/"version":"[^"]+","migration":\d+/, '"version":"9.0.0","migration":9999999999999'),
        );
      },
      /newer version, 9\.0\.0/,
    ],
  ])('by a file that is %s', async (_, spoil, words) => {
    const bad = join(folder, 'bad.backup');
    await writeFile(bad, spoil(await readFile(file)));
    const empty = await newDatabase();
    expect(await run(empty, 'restore', bad)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(words),
    });
    await onServer(empty, async (sql) => {
      const [found] = await sql`select to_regclass('organizations') is not null as is_there`;
      if (found?.is_there === true) expect(await sql`select from organizations`).toHaveLength(0);
    });
    const full = await createTestDatabase();
    onTestFinished(full.drop);
    await run(
      full.url,
      'keys',
      'create',
      '--organization',
      'old',
      '--name',
      'k',
      '--scopes',
      'all',
      '--create',
    );
    const rows = await rowsOf(full.url);
    expect(await run(full.url, 'restore', bad, '--replace', '--yes')).toMatchObject({ code: 1 });
    expect(await rowsOf(full.url)).toEqual(rows);
    await rm(bad);
  });

  test('if it is not empty, unless --replace is given', async () => {
    const { url, drop } = await createTestDatabase();
    onTestFinished(drop);
    await run(url, 'keys', 'create', '--organization', 'old', '--name', 'k', '--scopes', 'all', '--create');
    const rows = await rowsOf(url);
    const refused = await run(url, 'restore', file);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not empty: --replace/) });
    expect(await run(url, 'restore', file, '--replace')).toMatchObject({ code: 2 });
    expect(await rowsOf(url)).toEqual(rows);
    expect(await run(url, 'restore', file, '--replace', '--yes')).toMatchObject({ code: 0 });
    await onServer(url, async (sql) => {
      expect(await sql`select slug from organizations where slug in ('old', 'acme')`).toEqual([
        { slug: 'acme' },
      ]);
    });
  });

  test('if a gateway uses it', async () => {
    const test = await createTestDatabase();
    const gateway = await openGatewayOn(test.url, {}, test.drop);
    onTestFinished(gateway.close);
    for (const command of [
      ['restore', file],
      ['move', '--to', await newDatabase()],
    ]) {
      expect(await run(test.url, ...command)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/a gateway or another command uses the database: stop it first\n$/),
      });
    }
  });
});

test('a backup of an older version is restored, and brought up to date', async () => {
  const old = await newDatabase();
  const journal = JSON.parse(await readFile('src/db/migrations/meta/_journal.json', 'utf8'));
  const { when } = journal.entries.find(({ tag }: { tag: string }) => tag.startsWith('0003_'));
  await migrate(old, { upTo: when });
  await onServer(old, async (sql) => {
    await sql`insert into organizations (organization_id, slug, name) values (gen_random_uuid(), 'acme', 'acme')`;
    await sql`insert into calls (organization_id, id, direction, status, tags, metadata, flow_revision, revision, change_label,
      created_at, updated_at) select organization_id, gen_random_uuid(), 'UNKNOWN', 'UNKNOWN', '{}', '{"a": 1}', 0, 1, 0,
      now(), now() from organizations`;
  });
  const out = join(folder, 'old.backup');
  expect(await run(old, 'backup', out)).toMatchObject({ code: 0 });
  await onServer(old, async (sql) => {
    expect(await sql`select to_regclass('retention') as found`).toEqual([{ found: null }]);
  });
  const url = await newDatabase();
  expect(await run(url, 'restore', out)).toMatchObject({ code: 0 });
  const gateway = await openGatewayOn(url);
  onTestFinished(gateway.close);
  const client = await gateway.client({ organization: 'acme' });
  expect((await client.ask('{ calls { nodes { metadata } } }')).calls.nodes).toEqual([
    { metadata: { a: 1 } },
  ]);
  const migrated = await createTestDatabase();
  onTestFinished(migrated.drop);
  expect(await run(migrated.url, 'restore', out)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the database has the tables of a newer one already/),
  });
  await rm(out);
});

test.each([
  [['backup'], /backup needs a FILE/],
  [['backup', 'a', 'b'], /backup needs a FILE/],
  [['restore'], /restore needs a FILE/],
  [['move'], /move needs --to URL/],
  [['move', '--to', 'mysql://a'], /--to must be a URL that begins with postgres/],
])('%j is a mistake', async (args, words) => {
  expect(await run(source.url, ...args)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(words),
  });
});

test('a file that is not there, and a folder that is not, are named', async () => {
  const nowhere = join(folder, 'nowhere', 'a');
  for (const command of ['backup', 'restore']) {
    const url = command === 'backup' ? source.url : await newDatabase();
    const { code, stderr } = await run(url, command, nowhere);
    expect(code).toBe(1);
    expect(stderr).toContain(nowhere);
  }
});
