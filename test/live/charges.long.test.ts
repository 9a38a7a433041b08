import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { givenCall } from '../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALLS_CHANGED, followOver, settled, TRANSPORTS } from './followers.js';

/** Each answer to a change costs more than 50 points. */
const COSTLY = `subscription ($after: String) {
  callsChanged(after: $after) { cursor revision call { children(first: 50) { nodes { id } } } }
}`;

let gateway: TestGateway;
/** Another gateway on the same database without charges: all writes use it. */
let free: TestGateway;
let writer: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway({ rateLimit: 100, rateBurst: 1_000 });
  free = await openGatewayOn(gateway.databaseUrl, { rateLimit: 0 });
});
afterAll(async () => {
  await free.close();
  await gateway.close();
});
afterEach(() => gateway.subscribers(0));

async function given(organization: string) {
  writer = await free.client({ organization });
  ({ id: call } = await givenCall(writer));
  await settled(gateway);
}

const reader = (organization: string) => gateway.client({ organization, scopes: ['CALLS_READ'] });
const at = ({ token }: Client) => ({ url: gateway.url, token });
let written = 0;

async function merges(count: number): Promise<void> {
  const items = Array.from({ length: count }, () => {
    written += 1;
    return { call: { id: call }, metadata: { n: written } };
  });
  const { mergeCallsMetadata } = await writer.ask(
    `mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { message } } }`,
    { items },
  );
  expect(mergeCallsMetadata.flatMap(({ errors }: { errors: unknown[] }) => errors)).toEqual([]);
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a subscription that exceeds its key’s budget is ended, and no other', async () => {
    const organization = `charged-${transport}`;
    await given(organization);
    const [spender, other] = [await reader(organization), await reader(organization)];
    const ended = followOver(transport, at(spender), COSTLY);
    const kept = followOver(transport, at(other), CALLS_CHANGED);
    await gateway.subscribers(2);
    // 2,000 points, those saved up and as many owed, are 38 answers.
    await merges(30);
    await ended.until(30);
    await merges(30);
    await ended.ended();
    expect(ended.errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } },
    ]);
    expect(await kept.until(60)).toHaveLength(60);
    expect(kept.errors).toEqual([]);
    // Its requests must pay the debt.
    const { status, errors } = await spender.send('{ viewer { name } }');
    expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    kept.stop();
  });

  it('a replay is as fast as its key can pay, and complete', async () => {
    const organization = `paced-${transport}`;
    await given(organization);
    const { changeCursor: after } = await writer.ask('{ changeCursor }');
    await merges(45);
    // More than it could save up and owe.
    const follower = followOver(transport, at(await reader(organization)), COSTLY, { after });
    const changes = await follower.until(45);
    expect(changes.map(({ revision }) => revision)).toEqual(Array.from({ length: 45 }, (_, n) => n + 2));
    expect(follower.errors).toEqual([]);
    follower.stop();
  });
});

it('a change that is checked and not sent has a cost too, which grows with the filter', async () => {
  await given('judged');
  const strict = await openGatewayOn(gateway.databaseUrl, { rateLimit: 1, rateBurst: 100 });
  onTestFinished(() => strict.close());
  const [large, small] = await Promise.all(
    [90, 1].map(async (values) => {
      const { token } = await strict.client({ organization: 'judged', scopes: ['CALLS_READ'] });
      const filter = { tags: { anyOf: Array.from({ length: values }, (_, n) => `none-${n}`) } };
      const query = 'subscription ($filter: CallFilter) { callsChanged(filter: $filter) { id } }';
      return followOver('ws', { url: strict.url, token }, query, { filter });
    }),
  );
  await strict.subscribers(2);
  // 0.92 points each, and 0.03.
  await merges(400);
  await large?.ended();
  expect(large?.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect({ over: small?.over, changes: small?.changes }).toEqual({ over: undefined, changes: [] });
});
