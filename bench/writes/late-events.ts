import { bodyOf, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burki, burkiCall, chunked } from './inputs.js';
import {
  eventBody,
  type Merged,
  mergesBody,
  must,
  payloads,
  type Recorded,
  upsertBody,
} from './operations.js';
import type { Section, World } from './world.js';

const EVENTS_A_ROUND = 10;
const MONTH_MS = 30 * 86_400_000;
const KINDS = ['in order', 'late, 1 in 50', 'late, all'] as const;
type Kind = (typeof KINDS)[number];

/** One event to a call with a long ledger: newer than its patches, and older than them. */
export async function measureLateEvents(world: World, most: number): Promise<Section> {
  const client = world.client();
  const ledgers = [...new Set([Math.min(10, most), Math.max(1, Math.round(most / 10)), most])];
  const found = new Map(ledgers.map((patches) => [patches, emptyTimes()]));
  const calls = new Map<number, string>();
  for (const patches of ledgers) calls.set(patches, await makeCall(client, patches));
  for (let round = -1; round < world.rounds; round += 1) {
    for (let index = 0; index < EVENTS_A_ROUND; index += 1) {
      for (const [patches, times] of found) {
        for (const kind of KINDS) {
          const name = `${kind} ${round} ${index}`;
          const value = calls.get(patches) ?? '';
          const milliseconds = await recordEvent(client, value, kind, name);
          if (round >= 0) times[kind].push(milliseconds);
        }
      }
    }
    say(`events to calls with long ledgers, round ${round + 1} of ${world.rounds}`);
  }
  for (const value of calls.values()) await checkFold(client, value);
  const rows = [...found].map(([patches, times]) => {
    const [ordered, some, all] = KINDS.map((kind) => median(times[kind]));
    return [patches.toLocaleString('en-US'), ...[ordered, some, all].map((each) => figure(each ?? 0))];
  });
  const text = [
    'One recordCallEvent after another to one call, by the patches that its ledger has: newer than all of them, older ' +
      'than all with a key that 1 in 50 has, and older than all with a key that every patch has; milliseconds.',
    table(['patches', ...KINDS], rows),
  ].join('\n\n');
  return { text, data: { milliseconds: Object.fromEntries(found) }, missed: [] };
}

const emptyTimes = (): Record<Kind, number[]> => ({ 'in order': [], 'late, 1 in 50': [], 'late, all': [] });

/** A call with so many merges in its ledger; answers its name. */
async function makeCall(client: Client, patches: number): Promise<string> {
  const value = `ledger-${patches}-${Date.now()}`;
  payloads([(await client.ask<Record<string, Merged>>(upsertBody(burkiCall(value)))).data]);
  const items = Array.from({ length: patches - 1 }, (_, index) => ({
    call: { reference: burki(value) },
    metadata: { every: { [`n${index % 10}`]: index }, [`key_${index % 50}`]: { step: index } },
  }));
  for (const some of chunked(items, 500)) {
    const { data } = await client.ask<Record<string, Merged[]>>(mergesBody(some));
    must(payloads([data]).length === some.length, 'every merge is answered');
  }
  return value;
}

async function recordEvent(client: Client, value: string, kind: Kind, name: string): Promise<number> {
  const metadata = kind === 'late, 1 in 50' ? { key_7: { [name]: true } } : { every: { [name]: true } };
  const eventTime = new Date(Date.now() - (kind === 'in order' ? 0 : MONTH_MS));
  const body = eventBody({ target: { call: { reference: burki(value) } }, eventTime, metadata });
  const { data, milliseconds } = await client.ask<Record<string, Recorded>>(body);
  must(payloads([data])[0]?.event?.match === 'MATCHED', 'the event is matched');
  return milliseconds;
}

/** Every event is in the metadata, beside what the merges have left there. */
async function checkFold(client: Client, value: string): Promise<void> {
  const query =
    'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { metadata } }';
  const { data } = await client.ask<{ callByReference: { metadata: Record<string, object | undefined> } }>(
    bodyOf({ query, variables: { reference: burki(value) } }),
  );
  const { every = {}, key_7 = {} } = data.callByReference.metadata;
  const has = (object: object, kind: Kind) => Object.keys(object).some((key) => key.startsWith(kind));
  must(
    has(every, 'in order') && has(every, 'late, all') && has(key_7, 'late, 1 in 50'),
    'all events are in the metadata',
  );
}
