import postgres from 'postgres';
import { expect, vi } from 'vitest';
import type { GatewayConfig } from '../../../src/gateway.js';
import { clientOf, openGatewayOn, type TestGateway } from '../../support/gateway.js';
import { openReplication } from '../../support/replication.js';
import type { Replication } from '../../support/standby.js';

export interface ReplicatedWorld extends Replication {
  gateways: TestGateway[];
  /** A key of a new organization, with a call. */
  organization(): Promise<{ token: string; call: string }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  gateways?: number;
  standbys?: number;
  /** Seconds. */
  maxLag?: number;
  config?: GatewayConfig;
  urls?: (replication: Replication) => string[] | Promise<string[]>;
}

/** Gateways on one primary, which read from its standbys. */
export async function openWorld(options: WorldOptions = {}): Promise<ReplicatedWorld> {
  const { gateways: count = 1, standbys = 1, maxLag = 3_600, config = {} } = options;
  const replication = await openReplication(standbys);
  const { primary, database } = replication;
  const gateways: TestGateway[] = [];
  const close = async () => {
    for (const gateway of gateways) await gateway.close();
    await replication.close();
  };
  try {
    const given = await options.urls?.(replication);
    const urls = given ?? replication.standbys.map((each) => each.url(database));
    for (let index = 0; index < count; index += 1) {
      const replicas = { urls, poolSize: 4, maxLag };
      gateways.push(await openGatewayOn(primary.url(database), config, async () => {}, 'info', { replicas }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const organization = async () => {
    const client = await (gateways[0] as TestGateway).client();
    const { upsertCall } = await client.ask(
      'mutation { upsertCall(input: { references: [{ system: BURKI, name: "id", value: "1" }] }) { call { id } errors { message } } }',
    );
    return { token: client.token, call: upsertCall.call.id as string };
  };
  return { ...replication, gateways, organization, close };
}

export const statesOf = ({ database }: TestGateway) => database.replicas?.figures.map(({ state }) => state);

export const untilStates = (gateway: TestGateway, states: string[]) =>
  vi.waitFor(() => expect(statesOf(gateway)).toEqual(states), PATIENTLY);

const PATIENTLY = { timeout: 60_000, interval: 10 };

export const readsOf = ({ database }: TestGateway) => ({ ...database.replicas?.counts.reads });
export const fallbacksOf = ({ database }: TestGateway) => ({ ...database.replicas?.counts.fallbacks });

/** Waits until the standbys have replayed what is written now. */
export async function caughtUp({ primary, standbys }: Replication): Promise<void> {
  const [main, ...others] = [primary, ...standbys].map((each) =>
    postgres(each.url(), { max: 1, fetch_types: false, onnotice: () => {} }),
  );
  try {
    const [row] = await (main as ReturnType<
      typeof postgres
    >)`select pg_current_wal_insert_lsn()::text as lsn`;
    for (const each of others) {
      await vi.waitFor(async () => {
        const [found] = await each`select pg_last_wal_replay_lsn() >= ${row?.lsn}::pg_lsn as is_there`;
        expect(found).toEqual({ is_there: true });
      }, PATIENTLY);
    }
  } finally {
    for (const each of [main, ...others]) await each?.end({ timeout: 1 });
  }
}

export const pause = ({ standbys }: Replication, index = 0) =>
  standbys[index]?.run('select pg_wal_replay_pause()');
export const resume = ({ standbys }: Replication, index = 0) =>
  standbys[index]?.run('select pg_wal_replay_resume()');

export const merge = (call: string, patch: object) =>
  `mutation { mergeCallMetadata(call: { id: "${call}" }, metadata: ${literal(patch)}) { call { metadata } errors { message } } }`;

const literal = (patch: object) =>
  `{ ${Object.entries(patch)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')} }`;

export const read = (call: string) => `{ call(id: "${call}") { metadata } }`;

export const clientAt = ({ url }: TestGateway, token: string) => clientOf(url, token, `Bearer ${token}`);
