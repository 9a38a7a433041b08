import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { fromUUID } from 'typeid-js';
import { type Client, openClient } from '../support/client.js';
import type { GatewayProcess } from '../support/gateway.js';
import type { Lifetime } from '../support/lifetime.js';
import { say, table } from '../support/report.js';
import { figure } from '../support/stats.js';
import { usageOf } from '../support/usage.js';
import { burki, burkiCall, series } from '../writes/inputs.js';
import { mergeBody, payloads, type UserError, upsertsBody } from '../writes/operations.js';
import type { Section } from '../writes/world.js';
import { endOfLog } from './end-of-log.js';
import type { Latencies } from './messages.js';
import { openReceivers } from './receivers.js';

export interface LatencyOptions {
  /** Changes a second. */
  rate: number;
  seconds: number;
}

interface Row extends Latencies {
  subscribers: number;
  /** Changes a second that were written. */
  written: number;
  /** Shares of a processor. */
  gateway: number;
  receivers: number;
  /** MB. */
  memory: number;
  peak: number;
}

const CALLS = 200;
const WARM_UP = 100;
/** What the issue promises for 1,000 subscribers, in milliseconds. */
const PROMISED = { subscribers: 1000, p99: 250 };

export interface Watched {
  lifetime: Lifetime;
  sql: Sql;
  gateway: GatewayProcess;
  /** Keys of the organization: a key may have so many connections and no more. */
  tokens: string[];
}

/** From the commit of a change to its arrival, with more and more subscribers of one organization. */
export async function measureLatency(
  watched: Watched,
  counts: number[],
  options: LatencyOptions,
): Promise<Section> {
  const client = openClient(watched.lifetime, watched.gateway, 16);
  await client.ask(upsertsBody(series('live', CALLS).map(burkiCall)));
  const rows: Row[] = [];
  for (const subscribers of counts) {
    const row = await measureWith(watched, client, subscribers, options);
    rows.push(row);
    say(`${subscribers} subscribers: p50 ${figure(row.p50)} ms, p99 ${figure(row.p99)} ms`);
  }
  const text = [
    `One organization, ${options.rate} merges a second for ${options.seconds} s, each a change of its own that every subscriber is ` +
      'given. From the commit (its timestamp in Postgres, before the flush to disk) to the arrival, over all frames. ' +
      'Processor time in cores: the gateway’s holds the writes too.',
    table(
      [
        'subscribers',
        'changes/s',
        'frames',
        'p50, ms',
        'p99, ms',
        'worst subscriber’s p99, ms',
        'max, ms',
        'gateway, cores',
        'receiver, cores',
        'gateway RSS, MB',
        'peak RSS, MB',
      ],
      rows.map((row) => [
        `${row.subscribers.toLocaleString('en-US')}`,
        ...[
          row.written,
          row.frames,
          row.p50,
          row.p99,
          row.worstP99,
          row.max,
          row.gateway,
          row.receivers,
          row.memory,
          row.peak,
        ].map(figure),
      ]),
    ),
  ].join('\n\n');
  const missed = rows
    .filter(({ subscribers, p99 }) => subscribers === PROMISED.subscribers && !(p99 < PROMISED.p99))
    .map(({ p99 }) => `p99 ${figure(p99)} ms with 1,000 subscribers, not below ${PROMISED.p99}`);
  return { text, data: { options, rows }, missed };
}

async function measureWith(
  { lifetime, sql, gateway, tokens }: Watched,
  client: Client,
  subscribers: number,
  { rate, seconds }: LatencyOptions,
): Promise<Row> {
  const changes = rate * seconds;
  const receivers = await openReceivers(lifetime, {
    url: gateway.url,
    tokens,
    sockets: subscribers,
    frames: WARM_UP + changes,
    after: await endOfLog(sql, client),
  });
  const names = series('live', CALLS);
  const merge = async (mark: string, index: number) => {
    const name = names[index % CALLS] ?? '';
    const body = mergeBody({ reference: burki(name) }, { follow_up: { at: `${mark} ${index}` } });
    payloads([(await client.ask<Record<string, { errors: UserError[] }>>(body)).data]);
  };
  await paced(WARM_UP, rate, (index) => merge(`warm ${subscribers}`, index));
  await receivers.received(WARM_UP);
  const [row] = await sql<{ label: string }[]>`select max(seq)::text as label from call_changes`;
  const before = await Promise.all([gateway.pid, receivers.pid].map(usageOf));
  const began = performance.now();
  await paced(changes, rate, (index) => merge(`${subscribers}`, index));
  const took = (performance.now() - began) / 1000;
  await receivers.received(WARM_UP + changes);
  const passed = (performance.now() - began) / 1000;
  const after = await Promise.all([gateway.pid, receivers.pid].map(usageOf));
  const commits = await commitsSince(sql, row?.label ?? '0');
  const latencies = await receivers.measure(commits);
  await receivers.close();
  const cores = (index: number) => ((after[index]?.cpu ?? 0) - (before[index]?.cpu ?? 0)) / passed;
  return {
    subscribers,
    written: changes / took,
    ...latencies,
    gateway: cores(0),
    receivers: cores(1),
    memory: after[0]?.memory ?? 0,
    peak: after[0]?.peak ?? 0,
  };
}

/** Starts so many a second, whether or not the ones before are answered. */
async function paced(count: number, rate: number, run: (index: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = began + (index / rate) * 1000 - performance.now();
    if (wait > 1) await sleep(wait);
    running.push(run(index));
  }
  await Promise.all(running);
}

/** By the ids of the changes, when each was committed: milliseconds since the epoch, with their fractions. */
async function commitsSince(sql: Sql, seq: string): Promise<Record<string, number>> {
  const rows = await sql<{ id: string; at: number }[]>`
    select id, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as at
    from call_changes where seq > ${seq}`;
  return Object.fromEntries(rows.map(({ id, at }) => [fromUUID(id, 'call_change'), at]));
}
