import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../support/program.js';
import { openReplication } from '../support/replication.js';
import type { Replication } from '../support/standby.js';

let replication: Replication;
let urls: { primary: string; standby: string };
beforeAll(async () => {
  replication = await openReplication(1);
  const { primary, standbys, database } = replication;
  urls = { primary: primary.url(database), standby: standbys[0]?.url(database) ?? '' };
});
afterAll(() => replication.close());

async function lookAt(...replicas: string[]) {
  const env = { DATABASE_URL: urls.primary, DATABASE_READ_URL: replicas.join() };
  const { stdout } = await runProgram('cli/main.js', ['doctor', '--json'], env);
  const lines: { check: string; level: string; message: string }[] = JSON.parse(stdout);
  return lines.filter(({ check }) => check === 'read-replicas').map(({ level, message }) => [level, message]);
}

const at = (port: number | undefined) => `DATABASE_READ_URL: Postgres at 127.0.0.1:${port}/calls`;

it('a standby that keeps up is well, and one whose replay is paused is behind', async () => {
  const [standby] = replication.standbys;
  expect(await lookAt(urls.standby)).toEqual([['ok', expect.any(String)]]);
  await standby?.run('select pg_wal_replay_pause()');
  await replication.primary.run('create table later ()');
  const found = await lookAt(urls.standby);
  await standby?.run('select pg_wal_replay_resume()');
  expect(found).toEqual([
    [
      'warning',
      expect.stringMatching(/has not replayed within 1 s what was written before: [\d.]+ \w+ are missing\.$/),
    ],
  ]);
  expect(found[0]?.[1]).toContain(at(standby?.port));
});

it('what is no standby, and what does not answer, is said without passwords', async () => {
  const away = 'postgres://me:hunter2@127.0.0.1:1/calls';
  expect(await lookAt(urls.primary, away, urls.standby)).toEqual([
    ['problem', `${at(replication.primary.port)} is no standby of DATABASE_URL.`],
    ['problem', expect.stringContaining(`${at(1)} does not answer: `)],
  ]);
  expect(JSON.stringify(await lookAt(away))).not.toContain('hunter2');
});
