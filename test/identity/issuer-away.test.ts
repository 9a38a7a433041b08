import { afterAll, beforeAll, expect, it } from 'vitest';
import { followOver, TRANSPORTS } from '../live/followers.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer } from '../support/issuer.js';

let issuer: Issuer;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  issuer = await Issuer.open();
  const jwt = issuer.config();
  token = await issuer.token();
  await issuer.close();
  gateway = await openTestGateway({ jwt });
});
afterAll(() => gateway.close());

const VIEWER = '{ viewer { name } }';

it('answers a token with 503 while its issuer was never reachable, without naming a host', async () => {
  const { status, data, errors } = await gateway.anonymous(`Bearer ${token}`).send(VIEWER);
  expect({ status, data }).toEqual({ status: 503, data: undefined });
  expect(errors).toEqual([
    {
      message: 'The token cannot be checked at the moment; try again',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    },
  ]);
});

it.each(TRANSPORTS)('over %s, its client is asked to reconnect', async (transport) => {
  const follower = followOver(transport, { url: gateway.url, token });
  const over = await follower.ended();
  if (transport === 'ws') expect(over).toMatchObject({ code: 1013 });
  else expect(follower.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
});

it('API keys and introspection go on', async () => {
  const client = await gateway.client({ name: 'ci' });
  expect(await client.ask(VIEWER)).toEqual({ viewer: { name: 'ci' } });
  expect(await gateway.anonymous().send('{ __typename }')).toMatchObject({
    status: 200,
    data: { __typename: 'Query' },
  });
});
