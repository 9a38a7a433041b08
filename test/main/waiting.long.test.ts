import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/embedded-postgres/server.js';
import { VERSION } from '../../src/foundation/version.js';
import { probe } from '../faults/requests.js';
import { createTestDatabase } from '../support/postgres.js';
import { type Program, runProgram, startProgram } from '../support/program.js';

/** Listens on a free port of this machine. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A server that closes each connection, or stays silent. */
async function badServer(isSilent: boolean): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    if (!isSilent) socket.end();
  });
  onTestFinished(() => void server.close());
  return listen(server);
}

/** A database that another process seems to migrate. */
async function lockedDatabase(): Promise<string> {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const holder = postgres(database.url, { max: 1 });
  onTestFinished(() => holder.end({ timeout: 0 }));
  await holder`select pg_advisory_lock(7301944114)`;
  await holder`delete from switchboard_migrations where created_at = (select max(created_at) from switchboard_migrations)`;
  return database.url;
}

const says = ({ stderr }: { stderr: string }) => stderr.trim().split('\n');
const untilSaid = async (program: Program) => {
  let said = '';
  program.process.stderr?.on('data', (text) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 60_000 }).toContain('waiting for');
};

test.each(['main.js', 'cli/main.js'])(
  '%s is not kept waiting by an endpoint that accepts and closes',
  async (file) => {
    const url = `postgres://me:hunter2@127.0.0.1:${await badServer(false)}/calls`;
    const ended = await runProgram(file, file === 'main.js' ? [] : ['migrate'], {
      DATABASE_URL: url,
      PORT: '0',
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(says(ended)).toEqual([expect.stringMatching(/^switchboard: DATABASE_URL: Postgres at 127/)]);
  },
);

test('several hosts that refuse are tried once', async () => {
  const hosts = `127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}`;
  const ended = await runProgram('main.js', [], { DATABASE_URL: `postgres://me@${hosts}/calls`, PORT: '0' });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain(`DATABASE_URL: Postgres at ${hosts}/calls cannot be used`);
});

test('names a lock that is held, answers health meanwhile, and stops at START_TIMEOUT', async () => {
  const port = await freePort();
  const env = { DATABASE_URL: await lockedDatabase(), PORT: `${port}`, START_TIMEOUT: '8' };
  const program = startProgram('main.js', [], env);
  await untilSaid(program);
  const at = `http://127.0.0.1:${port}/`;
  expect(await probe(at, '/health/live')).toEqual({
    status: 200,
    text: `{"status":"ok","version":"${VERSION}"}`,
  });
  expect((await probe(at, '/health/ready'))?.status).toBe(503);
  expect((await probe(at, '/graphql'))?.status).toBe(503);
  const ended = await program.ended;
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(says(ended)).toEqual([
    expect.stringMatching(/^switchboard: waiting for the lock .* at most 8 s \(START_TIMEOUT\)$/),
    expect.stringMatching(/^switchboard: timed out after 8 s \(START_TIMEOUT\) waiting for the lock /),
  ]);
});

test.each([
  ['main.js', [], 'SIGTERM', 0],
  ['main.js', [], 'SIGINT', 0],
  ['cli/main.js', ['migrate'], 'SIGINT', 130],
  ['cli/main.js', ['migrate'], 'SIGTERM', 143],
] as const)('%s %j that waits ends at once with %s', async (file, args, signal, code) => {
  const env = { DATABASE_URL: await lockedDatabase(), PORT: '0', START_TIMEOUT: '8' };
  const program = startProgram(file, [...args], env);
  await untilSaid(program);
  program.process.kill(signal);
  const ended = await program.ended;
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(says(ended)).toHaveLength(1);
});

test('names an unusable DATA_DIR at once', async () => {
  const ended = await runProgram('main.js', [], { DATA_DIR: '/proc/x', PORT: '0' });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(
    /^switchboard: DATA_DIR \/proc\/x cannot be used: it is no folder, or lies in none/,
  );
});
