import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { follow, settled, wsClient } from '../live/followers.js';
import { until } from '../live/until.js';
import { clientOf, openGatewayOn } from '../support/gateway.js';
import { startGateway } from '../support/gateway-process.js';
import { createTestDatabase } from '../support/postgres.js';
import { openLive } from './open-live.js';
import { CALL_UPDATES, CLIENTS, openStream } from './streams.js';

const ROUNDS = 6;

it('every client receives each change once while its gateway is killed and started again', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  // It has the last word about the log.
  const beside = await openGatewayOn(test.url);
  onTestFinished(beside.close);
  const { token } = await beside.client({ organization: 'acme' });
  const env = { DATABASE_URL: test.url };
  let gateway = await startGateway(env);
  const { url } = gateway;
  const port = new URL(url).port;
  const asker = clientOf(beside.url, token, `Bearer ${token}`);
  const { changeCursor: after } = await asker.ask('{ changeCursor }');
  const streams = CLIENTS.map((name) => {
    const live = openLive({ url, token, retryWait: () => 50 });
    onTestFinished(() => live.dispose());
    return openStream(name, live, { url, token }, after);
  });
  let isWriting = true;
  let written = 0;
  const write = async () => {
    const query = `mutation ($value: String!) {
      upsertCall(input: { references: [{ system: OTHER, name: "test", value: $value }] }) { errors { code } }
    }`;
    while (isWriting) {
      // Half of them through the gateway that is killed: such a write may be there without its answer.
      const through = written % 2 === 0 ? asker : clientOf(url, token, `Bearer ${token}`);
      await through.ask(query, { value: `call ${written}` }).catch(() => {});
      written += 1;
      await sleep(2);
    }
  };
  const writing = write();
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = written + 20;
    await until('more writes', () => written >= target);
    gateway.process.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    await gateway.ended;
    gateway = await startGateway({ ...env, PORT: port });
  }
  isWriting = false;
  await writing;
  await settled(beside);
  const whole = follow(wsClient({ url: beside.url, token }), CALL_UPDATES, { after });
  await asker.ask(
    'mutation { upsertCall(input: { references: [{ system: OTHER, name: "test", value: "last" }] }) { errors { code } } }',
  );
  const { callByReference: last } = await asker.ask(
    '{ callByReference(reference: { system: OTHER, name: "test", value: "last" }) { id } }',
  );
  await until('the last call', () => whole.changes.at(-1)?.call.id === last.id);
  const cursors = whole.changes.map(({ cursor }) => cursor);
  expect(cursors.length).toBeGreaterThan(20 * ROUNDS * 0.5);
  for (const stream of streams) {
    await until('all changes', () => stream.cursors.at(-1) === cursors.at(-1));
    expect(stream.cursors).toEqual(cursors);
    expect(stream.surprises).toEqual([]);
  }
});
