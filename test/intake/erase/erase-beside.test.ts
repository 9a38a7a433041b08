import { afterAll, beforeAll, expect, it } from 'vitest';
import { other, past, session } from '../../events/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { dump, naming } from './erasing.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const ROUNDS = Number(process.env.RUNS ?? 12);

/** Each answers with refusals at most: a gone call is NOT_FOUND, and a vendor's report makes a new one. */
const WRITES: ((id: string, name: string) => [string, object])[] = [
  (id) => ['mergeCallMetadata(call: { id: $id }, metadata: { word: $word }) { errors { code } }', { id }],
  (id) => ['updateCall(call: { id: $id }, input: { reason: $word }) { errors { code } }', { id }],
  (id) => ['hangUpCall(call: { id: $id }) { errors { code } }', { id }],
  (id) => [
    'replaceCallFlow(call: { id: $id }, commands: [{ say: { text: $word, locale: "en-GB" } }]) { errors { code } }',
    { id },
  ],
  (id) => [
    'recordCallEvent(input: { target: { call: { id: $id } }, eventTime: $time, metadata: { word: $word } }) { errors { code } }',
    { id },
  ],
  (id) => [
    'recordCallEvents(inputs: [{ target: { call: { id: $id } }, eventTime: $time, metadata: { word: $word } }]) { errors { code } }',
    { id },
  ],
];

it('beside other writes leaves nothing of the call, ends none with a fault, and resurrects nothing', async () => {
  for (const round of numbers(ROUNDS)) {
    const name = `beside-${round}`;
    const word = `word-of-${name}`;
    const group = { kind: 'case', key: name };
    const upsert = async (references: object[], more = {}) =>
      (
        await client.ask(
          `mutation ($input: UpsertCallInput!) { payload: upsertCall(input: $input) { created call { id } errors { code } } }`,
          { input: { references, groups: [group], ...more } },
        )
      ).payload;
    const { call } = await upsert([session(name)], { tags: [word] });
    const { call: second } = await upsert([other(name)]);
    await upsert([other(`${name}-child`)], { parent: { id: call.id } });
    const send = (body: string, variables: object) => {
      const time = body.includes('$time') ? ', $time: DateTime!' : '';
      const said = body.includes('$word') ? ', $word: String!' : '';
      return client.send(`mutation ($id: ID!${said}${time}) { ${body} }`, {
        word,
        time: past(1),
        ...variables,
      });
    };
    const erasing = client.send(
      'mutation ($id: ID!) { eraseCall(call: { id: $id }) { erasedCallId errors { code } } }',
      {
        id: call.id,
      },
    );
    const answers = await Promise.all([
      ...WRITES.map((write) => {
        const [body, variables] = write(call.id, name);
        return send(body, variables);
      }),
      erasing,
      client.send(
        'mutation ($a: ID!, $b: ID!) { joinCalls(call: { id: $a }, duplicate: { id: $b }) { errors { code } } }',
        { a: second.id, b: call.id },
      ),
      client.send(
        `mutation ($group: CallGroupInput!, $time: DateTime!) {
          recordCallEvent(input: { target: { group: $group }, eventTime: $time, metadata: { g: 1 } }) { errors { code } } }`,
        { group, time: past(1) },
      ),
    ]);
    for (const { errors } of answers) expect(errors).toBeUndefined();
    const { erasedCallId } = answers.at(-3)?.data.eraseCall ?? {};
    const rows = await dump(gateway.database);
    if (erasedCallId !== undefined && erasedCallId !== null) expect(naming(rows, [word])).toEqual([]);
    else expect(answers.at(-3)?.data.eraseCall.errors).toEqual([{ code: 'NOT_FOUND' }]);
    const { call: byId } = await client.ask('query ($id: ID!) { call(id: $id) { id } }', { id: call.id });
    expect(byId).toBeNull();
  }
});

it('beside upserts of its reference: they come before it, or make a new call', async () => {
  for (const round of numbers(ROUNDS)) {
    const references = [session(`again-${round}`)];
    const upsert = (tag: string) =>
      client.ask(
        `mutation ($input: UpsertCallInput!) { payload: upsertCall(input: $input) { created call { id tags } errors { code } } }`,
        { input: { references, tags: [tag] } },
      );
    const { payload: first } = await upsert('first');
    const [erased, ...upserted] = await Promise.all([
      client.ask('mutation ($id: ID!) { payload: eraseCall(call: { id: $id }) { erasedCallId } }', {
        id: first.call.id,
      }),
      ...numbers(4).map((n) => upsert(`later-${n}`)),
    ]);
    expect(erased.payload.erasedCallId).toBe(first.call.id);
    const made = upserted.filter(({ payload }) => payload.created);
    expect(made.length).toBeLessThanOrEqual(1);
    for (const { payload } of upserted) {
      expect(payload.errors).toEqual([]);
      const isNew = payload.call.id !== first.call.id;
      expect(isNew).toBe(made.length === 1 && payload.call.id === made[0]?.payload.call.id);
    }
    const { call } = await client.ask('query ($id: ID!) { call(id: $id) { id } }', { id: first.call.id });
    expect(call).toBeNull();
  }
});
