import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { followOver, settled, TRANSPORTS } from './followers.js';

const FRAME_LIMIT = 200_000;

let gateway: TestGateway;
let client: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway({ liveFrameLimit: FRAME_LIMIT });
});
afterAll(() => gateway.close());
beforeEach(async () => {
  client = await gateway.client();
  ({ id: call } = await givenCall(client));
  await settled(gateway);
});
afterEach(() => gateway.subscribers(0));

const at = () => ({ url: gateway.url, token: client.token });
const merge = (metadata: object) => mergeCallMetadata(client, { call: { id: call }, metadata });
const text = (length: number) => 'x'.repeat(length);
const revisions = ({ changes }: { changes: { revision: number }[] }) =>
  changes.map(({ revision }) => revision);

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a subscription whose answer is too large is ended alone, after it has received everything before', async () => {
    const large = followOver(
      transport,
      at(),
      'subscription { callsChanged { revision call { a: metadata b: metadata c: metadata } } }',
    );
    const small = followOver(transport, at(), 'subscription { callsChanged { revision } }');
    await gateway.subscribers(2);
    await merge({ text: text(60_000) });
    await large.until(1);
    await merge({ text: text(70_000) });
    await large.ended();
    expect(large.errors).toEqual([
      {
        message: `The answer to a change has more than ${FRAME_LIMIT} bytes (LIVE_FRAME_LIMIT).`,
        extensions: { code: 'ANSWER_TOO_LARGE', limit: FRAME_LIMIT, variable: 'LIVE_FRAME_LIMIT' },
      },
    ]);
    await merge({ text: null });
    await small.until(3);
    expect([revisions(large), revisions(small)]).toEqual([[2], [2, 3, 4]]);
    expect(gateway.counts()).toMatchObject({ subscribers: 1, admitted: 1, audiences: 1, subscriptions: 1 });
    small.stop();
  });

  it('an answer longer than any string can be is refused before it is made', async () => {
    const history = 'history(first: 20) { nodes { newValues } }';
    const aliases = Array.from({ length: 95 }, (_, n) => `a${n}: ${history}`).join(' ');
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    for (let n = 0; n < 20; n += 1) await merge({ text: `${n}${text(250_000)}` });
    // Without `after` it begins at the shared end of the log.
    await settled(gateway);
    const small = followOver(transport, at(), 'subscription { callsChanged { revision } }');
    const endless = followOver(
      transport,
      at(),
      `subscription ($after: String) { callsChanged(after: $after) { call { ${aliases} } } }`,
      { after },
    );
    await endless.ended();
    expect(endless.errors).toMatchObject([{ extensions: { code: 'ANSWER_TOO_LARGE' } }]);
    await gateway.subscribers(1);
    await merge({ text: null });
    await small.until(1);
    expect(revisions(small)).toEqual([22]);
    small.stop();
  });
});
