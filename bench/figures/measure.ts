import { Agent, request } from 'undici';
import { ORGANIZATION, SPAN } from '../scale/dataset.js';
import { bodyOf, openClient } from '../support/client.js';
import { type GatewayProcess, startGateway } from '../support/gateway.js';
import type { Lifetime } from '../support/lifetime.js';
import { say, table } from '../support/report.js';
import { figure, median, quantile } from '../support/stats.js';
import { usageOf } from '../support/usage.js';
import { figureCases } from './cases.js';

interface Found {
  name: string;
  limit: number;
  milliseconds: number;
}

/** An export is to need no more memory than this above what the gateway has anyway, in MB. */
const EXPORT_MEMORY = 200;
/** A page of another organization, beside the figures of all calls, in milliseconds. */
const BESIDE = 100;
const SMALL = bodyOf({ query: '{ calls(first: 20) { nodes { id status } } }' });

export async function measureFigures(
  lifetime: Lifetime,
  url: string,
  { repetitions, only }: { repetitions: number; only: string },
) {
  const gateway = await startGateway(lifetime, url, ORGANIZATION);
  const client = openClient(lifetime, gateway);
  const found: Found[] = [];
  for (const { name, limit, operation } of figureCases(SPAN.days)) {
    if (!name.includes(only)) continue;
    const body = bodyOf(operation);
    const times: number[] = [];
    for (let round = -1; round < repetitions; round += 1) {
      const { milliseconds } = await client.ask(body);
      if (round >= 0) times.push(milliseconds);
    }
    found.push({ name, limit, milliseconds: median(times) });
    say(`${figure(median(times))} ms  ${name}`);
  }
  const beside = await besideFigures(lifetime, url, gateway);
  const exports = [];
  for (const form of ['ndjson', 'csv'] as const) {
    for (const columns of [null, 'id,status,from,to,duration,cost.total,metadata.ticket.id']) {
      const fresh = await startGateway(lifetime, url, ORGANIZATION);
      const { peak: before } = await usageOf(fresh.pid);
      const { bytes, lines, seconds } = await exportAll(lifetime, fresh, form, columns);
      const { peak } = await usageOf(fresh.pid);
      await fresh.stop();
      exports.push({ form, columns, lines, seconds, bytes, before, peak });
      say(`${form} ${columns ?? 'whole'}: ${figure(lines / seconds)} lines/s, ${figure(peak)} MB at most`);
    }
  }
  const isKept =
    found.every(({ milliseconds, limit }) => milliseconds <= limit) &&
    beside.during <= BESIDE &&
    exports.every(({ before, peak }) => peak - before <= EXPORT_MEMORY);
  const text = [
    table(
      ['figures of', 'ms', 'limit'],
      found.map(({ name, milliseconds, limit }) => [name, figure(milliseconds), figure(limit)]),
    ),
    `A page of another organization takes ${figure(beside.alone)} ms (p95), and ${figure(beside.during)} ms while figures of all calls are made without a pause.`,
    table(
      ['export', 'calls/s', 'MB/s', 'MB of memory before', 'at most'],
      exports.map(({ form, columns, lines, seconds, bytes, before, peak }) => [
        `${form}, ${columns === null ? 'whole calls' : 'seven columns'}`,
        figure(lines / seconds),
        figure(bytes / seconds / 1e6),
        figure(before),
        figure(peak),
      ]),
    ),
  ].join('\n\n');
  return { isKept, text, data: { found, beside, exports } };
}

async function besideFigures(lifetime: Lifetime, url: string, gateway: GatewayProcess) {
  const heavy = openClient(lifetime, gateway);
  const other = await startGateway(lifetime, url, 'other-1');
  await other.stop();
  const small = openClient(lifetime, { url: gateway.url, token: other.token });
  const pages = async (count: number) => {
    const times: number[] = [];
    for (let round = 0; round < count; round += 1) times.push((await small.ask(SMALL)).milliseconds);
    return quantile(times, 0.95);
  };
  await pages(50);
  const alone = await pages(200);
  let isOver = false;
  const body = bodyOf({ query: '{ callStatistics(by: [{ field: STATUS }]) { calls } }' });
  const working = (async () => {
    while (!isOver) await heavy.ask(body);
  })();
  const during = await pages(400);
  isOver = true;
  await working;
  return { alone, during };
}

async function exportAll(
  lifetime: Lifetime,
  { url, token }: GatewayProcess,
  form: string,
  columns: string | null,
) {
  const dispatcher = new Agent({ bodyTimeout: 0 });
  lifetime.whenOver(() => dispatcher.close());
  const began = performance.now();
  const path = `/export/calls.${form}${columns === null ? '' : `?columns=${columns}`}`;
  const { statusCode, body } = await request(new URL(path, url), {
    dispatcher,
    headers: { authorization: `Bearer ${token}` },
  });
  if (statusCode !== 200) throw new Error(`the export answered ${statusCode} ${await body.text()}`);
  let [bytes, lines] = [0, 0];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  }
  return { bytes, lines, seconds: (performance.now() - began) / 1_000 };
}
