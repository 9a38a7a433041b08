import fc from 'fast-check';
import { isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SUBSCRIPTION_ASKINGS } from '../identity/allowed.js';
import { makeWorld, type Names, namesOfNothing } from '../identity/world.js';
import { followOver } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer } from '../support/issuer.js';
import { EXAMPLES, type Example } from './examples.js';
import { documentOf, focusOn, type Place, placesOf, put } from './places.js';
import { userErrorsIn } from './refusals.js';

/** In the form of a TypeID's suffix, but the version and the variant of its uuid do not exist. */
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

/** Where an id or a cursor stands in a request. */
const isName = ({ type, path }: Place) =>
  isScalarType(type) && (type.name === 'ID' || path[0] === 'after' || path[0] === 'before');

const places = EXAMPLES.flatMap((example) =>
  placesOf(example, example.args(namesOfNothing()))
    .filter(isName)
    .map((place) => ({ example, place })),
);
const idPlaces = places.filter(({ place }) => String(place.value).includes('_'));
const label = ({ example, place }: { example: Example; place: Place }) =>
  `${example.field} ${place.path.join('.')}`;

const prefixOf = (id: unknown) => String(id).replace(/_[^_]*$/, '');

function send({ example, place }: { example: Example; place: Place }, value: string) {
  const args = put(focusOn(example, example.args(names), place.path), place.path, value);
  return client.send(documentOf(example, args), args);
}

describe('an id of a uuid that cannot be', () => {
  it.each([...new Map(idPlaces.map((each) => [label(each), each]))])(
    'is malformed as any other: %s',
    async (_, { example, place }) => {
      const answer = await send({ example, place }, `${prefixOf(place.value)}_${IMPOSSIBLE}`);
      if (example.operation === 'query') {
        expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      } else {
        const path = place.path.map(String);
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
  /** Half of them in the form of an id of what is due there. */
  const text = fc.oneof(
    suffix.map((each) => (prefix: string) => `${prefix}_${each}`),
    suffix.map((each) => (prefix: string) => `${prefix}_0${each.slice(1)}`),
    fc.string({ unit: 'binary', maxLength: 40 }).map((each) => () => each),
    fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((each) => (kind: string) => Buffer.from(`${kind}|${each}`).toString('base64url')),
    fc.uuid().map((uuid) => (kind: string) => Buffer.from(`${kind}|${uuid}`).toString('base64url')),
  );

  it('where an id or a cursor is due is never a fault', async () => {
    const kindOf = (value: unknown) =>
      String(value).includes('_')
        ? prefixOf(value)
        : Buffer.from(String(value), 'base64url').toString().split('|')[0];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), text, async (at, make) => {
        const { status, data, errors } = await send(at, make(kindOf(at.place.value) ?? ''));
        expect(status).toBeLessThan(500);
        expect(JSON.stringify({ data, errors })).not.toContain('INTERNAL_SERVER_ERROR');
      }),
      { numRuns: 300 },
    );
  });

  it("as a token's organization is never a fault", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (make) => {
        const token = await issuer.token({ organization: make('organization') });
        expect((await gateway.anonymous(`Bearer ${token}`).send('{ viewer { name } }')).status).toBe(401);
      }),
      { numRuns: 100 },
    );
  });
});

it('nothing of all this was logged as a fault', () => {
  expect(gateway.log).toEqual([]);
});
