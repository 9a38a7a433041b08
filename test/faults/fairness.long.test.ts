import { expect, test } from 'vitest';
import { metric, type Reply, type Send, sender } from './requests.js';
import { keyOf, openWorld, type World } from './world.js';

const CALLS = 20_000;
const AT_ONCE = 40;
const READS = 20;
/** How many times faster another key must be served than the one that keeps the gateway busy. */
const MUCH = 3;

const totals = Array.from(
  { length: 60 },
  (_, index) => `t${index}: calls(filter: { duration: { min: ${index} } }) { totalCount }`,
);
const ATTACK = { query: `{ ${totals.join(' ')} }` };

test('while one key asks for 2,400 totals at once, a call by id of another one is answered, and much sooner than its own', async () => {
  const world = await openWorld();
  await loadCalls(world);
  const gateway = await world.start({ LOG_LEVEL: 'silent', DATABASE_TIMEOUT: '6' });
  const greedy = sender(gateway, world.token);
  const keys = {
    other: await keyOf(world.databaseUrl, 'other'),
    same: await keyOf(world.databaseUrl, 'acme'),
  };
  const own = await newCall(greedy);
  const bystanders = [
    { send: sender(gateway, keys.same), id: own, replies: [] as Reply[] },
    {
      send: sender(gateway, keys.other),
      id: await newCall(sender(gateway, keys.other)),
      replies: [] as Reply[],
    },
  ];
  for (const { send, id } of bystanders) expect(await send(read(id))).toMatchObject({ status: 200 });

  let isOver = false;
  const attack = async () => {
    while (!isOver) await greedy(ATTACK);
  };
  // What is under way at the end of the test is cut off.
  const attacking = Array.from({ length: AT_ONCE }, () => attack().catch(() => {}));
  await expect.poll(() => metric(gateway.url, 'switchboard_database_pool_waiting')).toBeGreaterThan(0);
  const began = performance.now();
  let itself = Number.POSITIVE_INFINITY;
  const reading = greedy(read(own)).then(({ milliseconds }) => {
    itself = milliseconds;
  });
  await Promise.all(
    bystanders.map(async ({ send, id, replies }) => {
      while (replies.length < READS) replies.push(await send(read(id)));
    }),
  );
  itself = Math.min(itself, performance.now() - began);
  isOver = true;
  void Promise.allSettled([...attacking, reading]);
  const [same, other] = bystanders.map(({ replies }) => replies);
  const numbers =
    `${Math.round(itself)} ms or more for the key itself, ${middle(same)} for another of its organization, ` +
    `${middle(other)} for one of another`;
  console.log(`fairness: ${numbers}`);
  for (const replies of [same, other]) {
    expect(new Set(replies?.map(({ status }) => status)), numbers).toEqual(new Set([200]));
    expect(middle(replies) * MUCH, numbers).toBeLessThan(itself);
  }
});

const read = (id: string) => ({
  query: 'query ($id: ID!) { call(id: $id) { id status } }',
  variables: { id },
});

async function newCall(send: Send): Promise<string> {
  const { data } = await send({
    query:
      'mutation { upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }] }) { call { id } } }',
  });
  return data.upsertCall.call.id;
}

function loadCalls({ sql }: World) {
  return sql`
    insert into calls (organization_id, id, direction, status, tags, duration, metadata, flow_revision, revision, change_label, created_at,
      updated_at)
    select organization_id, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'INBOUND', 'COMPLETED', '{}', n % 3000, '{}', 0, 1,
      1, now(), now()
    from organizations, generate_series(1, ${CALLS}::int) n where slug = 'acme'`;
}

const middle = (replies: Reply[] = []) =>
  Math.round(
    replies.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)[replies.length >> 1] ?? 0,
  );
