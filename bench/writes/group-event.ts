import { bodyOf, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burkiCall, chunked, series } from './inputs.js';
import { eventBody, must, payloads, type Recorded, type Upserted, upsertsBody } from './operations.js';
import type { Section, World } from './world.js';

const MONTH_MS = 30 * 86_400_000;

/** One event to all calls of a big group, newer than all that they have, and older than all. */
export async function measureGroupEvent(world: World, members: number): Promise<Section> {
  const client = world.client();
  const group = { kind: 'case', key: `big-${Date.now()}` };
  for (const values of chunked(series(group.key, members), 500)) {
    const inputs = values.map((value) => ({ ...burkiCall(value), groups: [group] }));
    const { data } = await client.ask<Record<string, Upserted[]>>(upsertsBody(inputs));
    must(
      payloads([data]).every(({ created }) => created),
      'the members are new',
    );
  }
  const seconds = { 'in order': [] as number[], late: [] as number[] };
  for (let round = 0; round < world.rounds; round += 1) {
    const late = new Date(Date.now() - MONTH_MS - round * 60_000);
    const tried = [
      ['in order', new Date(), { verdict: { state: round } }],
      // Later patches have this key too: all of it is folded anew, and the metadata changes.
      ['late', late, { verdict: { [`note_${round}`]: 'seen' }, ticket: { [`late_${round}`]: true } }],
    ] as const;
    for (const [kind, eventTime, metadata] of round % 2 === 0 ? tried : tried.toReversed()) {
      const body = eventBody({ target: { group }, eventTime, metadata });
      const { data, milliseconds } = await client.ask<Record<string, Recorded>>(body);
      const [recorded] = payloads([data]);
      must(recorded?.event?.match === 'MATCHED', 'the event is matched');
      must((await countOf(client, metadata)) === members, `all ${members} members have the ${kind} event`);
      seconds[kind].push(milliseconds / 1000);
    }
    say(`event to ${members} members, round ${round + 1} of ${world.rounds}`);
  }
  const [ordered, late] = [median(seconds['in order']), median(seconds.late)];
  const text = [
    `One recordCallEvent to a group of ${members.toLocaleString('en-US')} calls, in one transaction; seconds.`,
    table(
      ['', 'in order', 'late', 'ratio'],
      [['group event', figure(ordered), figure(late), figure(late / ordered)]],
    ),
  ].join('\n\n');
  return { text, data: { members, seconds }, missed: [] };
}

async function countOf(client: Client, contains: unknown): Promise<number> {
  const query =
    'query ($contains: JSONObject) { calls(filter: { metadata: { contains: $contains } }) { totalCount } }';
  const { data } = await client.ask<{ calls: { totalCount: number } }>(
    bodyOf({ query, variables: { contains } }),
  );
  return data.calls.totalCount;
}
