import fc from 'fast-check';
import { isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SUBSCRIPTION_ASKINGS } from '../identity/allowed.js';
import { makeWorld, type Names, namesOfNothing } from '../identity/world.js';
import { followOver } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer } from '../support/issuer.js';
import { EXAMPLES, type Example } from './examples.js';
import { documentOf, focusOn, type Location, locationsOf, put } from './locations.js';
import { hasPayload, userErrorsIn } from './refusals.js';

/** In the form of a TypeID's suffix, but with a uuid version and variant that do not exist. */
const IMPOSSIBLE = '01m8h0000000000000000000zz';

let issuer: Issuer;
let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  issuer = await Issuer.open();
  gateway = await openTestGateway({ jwt: issuer.config() });
  client = await gateway.client({ organization: 'acme' });
  names = await makeWorld(client, gateway.database);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const isName = ({ type, path }: Location) =>
  isScalarType(type) && (type.name === 'ID' || path[0] === 'after' || path[0] === 'before');

const locations = EXAMPLES.flatMap((example) =>
  locationsOf(example, example.args(namesOfNothing()))
    .filter(isName)
    .map((location) => ({ example, location })),
);
const idLocations = locations.filter(({ location }) => String(location.value).includes('_'));
const label = ({ example, location }: { example: Example; location: Location }) =>
  `${example.field} ${location.path.join('.')}`;

const prefixOf = (id: unknown) => String(id).replace(/_[^_]*$/, '');

function send({ example, location }: { example: Example; location: Location }, value: string) {
  const args = put(focusOn(example, example.args(names), location.path), location.path, value);
  return client.send(documentOf(example, args), args);
}

describe('an id of an impossible uuid', () => {
  it.each([...new Map(idLocations.map((each) => [label(each), each]))])(
    'is malformed as any other: %s',
    async (_, { example, location }) => {
      const answer = await send({ example, location }, `${prefixOf(location.value)}_${IMPOSSIBLE}`);
      if (!hasPayload(example)) {
        expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      } else {
        const path = location.path.map(String);
        expect(userErrorsIn(answer.data?.[example.field])).toMatchObject([{ code: 'INVALID', path }]);
      }
    },
  );

  it("is malformed as a subscription's call", async () => {
    const [{ document } = expect.fail()] = SUBSCRIPTION_ASKINGS;
    const target = { url: gateway.url, token: client.token };
    const follower = followOver('sse', target, document, { call: { id: `call_${IMPOSSIBLE}` } });
    await follower.ended();
    expect(follower.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it("is no organization's in a token's claim", async () => {
    const ask = async (organization: string) =>
      gateway.anonymous(`Bearer ${await issuer.token({ organization })}`).send('{ viewer { name } }');
    expect(await ask(`organization_${IMPOSSIBLE}`)).toEqual(await ask('nobody'));
    expect(await ask('nobody')).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});

describe('any text', () => {
  const suffix = fc.string({
    unit: fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz'),
    minLength: 26,
    maxLength: 26,
  });
  /** Half of them in the form of an id of the expected type. */
  const text = fc.oneof(
    suffix.map((each) => (prefix: string) => `${prefix}_${each}`),
    suffix.map((each) => (prefix: string) => `${prefix}_0${each.slice(1)}`),
    fc.string({ unit: 'binary', maxLength: 40 }).map((each) => () => each),
    fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((each) => (kind: string) => Buffer.from(`${kind}|${each}`).toString('base64url')),
    fc.uuid().map((uuid) => (kind: string) => Buffer.from(`${kind}|${uuid}`).toString('base64url')),
  );

  it('in place of an id or a cursor causes no fault', async () => {
    const kindOf = (value: unknown) =>
      String(value).includes('_')
        ? prefixOf(value)
        : Buffer.from(String(value), 'base64url').toString().split('|')[0];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...locations), text, async (at, make) => {
        const { status, data, errors } = await send(at, make(kindOf(at.location.value) ?? ''));
        expect(status).toBeLessThan(500);
        expect(JSON.stringify({ data, errors })).not.toContain('INTERNAL_SERVER_ERROR');
      }),
      { numRuns: 300 },
    );
  });

  it("as a token's organization causes no fault", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (make) => {
        const token = await issuer.token({ organization: make('organization') });
        expect((await gateway.anonymous(`Bearer ${token}`).send('{ viewer { name } }')).status).toBe(401);
      }),
      { numRuns: 100 },
    );
  });
});

it('none of this was logged as a fault', () => {
  expect(gateway.log).toEqual([]);
});
