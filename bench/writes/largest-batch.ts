import { loadConfig } from '../../src/config/config.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { series, wholeBirdCall } from './inputs.js';
import { must, payloads, type Upserted, upsertsBody } from './operations.js';
import type { Section, World } from './world.js';

const BATCH = 500;

/** The largest batch that a client may want to send: 500 whole Bird calls, new and again. */
export async function measureLargestBatch(world: World): Promise<Section> {
  const { bodyLimit } = loadConfig({});
  const client = world.client();
  const seconds = { new: [] as number[], again: [] as number[] };
  let bytes = 0;
  for (let round = -1; round < world.rounds; round += 1) {
    const values = series(`bird-${round}-${Date.now()}-83fc-08fb-450b`, BATCH);
    const [parent = null] = values;
    const body = upsertsBody(values.map((value, index) => wholeBirdCall(value, index === 0 ? null : parent)));
    bytes = Buffer.byteLength(body);
    for (const kind of ['new', 'again'] as const) {
      const { data, milliseconds } = await client.ask<Record<string, Upserted[]>>(body);
      const all = payloads([data]);
      must(
        all.length === BATCH && all.every(({ created }) => created === (kind === 'new')),
        'every call is answered',
      );
      if (round >= 0) seconds[kind].push(milliseconds / 1000);
    }
    say(`500 whole Bird calls, round ${round + 1} of ${world.rounds}`);
  }
  const share = bytes / bodyLimit;
  const text = [
    'One upsertCalls of 500 whole Bird calls with a flow and 2 KiB of metadata each.',
    table(
      ['', 'bytes', 'of BODY_LIMIT', 'new, s', 'the same again, s'],
      [
        [
          'upsertCalls',
          bytes.toLocaleString('en-US'),
          `${figure(share * 100)} %`,
          figure(median(seconds.new)),
          figure(median(seconds.again)),
        ],
      ],
    ),
  ].join('\n\n');
  const missed = share <= 1 ? [] : ['the largest batch is larger than BODY_LIMIT'];
  return { text, data: { bytes, bodyLimit, seconds }, missed };
}
