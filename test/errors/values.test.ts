import { getNamedType, isEnumType, isInputObjectType, isListType, isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fresh, makeWorld, type Names, namesOfNothing } from '../identity/world.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { EXAMPLES, type Example } from './examples.js';
import { fingerprint } from './fingerprint.js';
import { argumentsOf, documentOf, literalDocumentOf, type Place, placesOf, put } from './places.js';
import { type Bad, faultsAt, refusedArgument, refusedCoercion, userErrorsIn } from './refusals.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
afterAll(() => gateway.close());

async function newCall(): Promise<string> {
  const { upsertCall } = await client.ask(
    'mutation ($value: String!) { upsertCall(input: { references: [{ system: OTHER, name: "case", value: $value }] }) { call { id } } }',
    { value: fresh('case') },
  );
  return upsertCall.call.id;
}

const label = (example: Example) =>
  `${example.field}(${Object.keys(example.args(namesOfNothing())).join(', ')})`;
const examples = EXAMPLES.map((example) => [label(example), example] as const);

/** The first example that has places of a kind: coercion, which knows types only, is tried there and not again. */
const firstWith = new Map(
  EXAMPLES.toReversed().flatMap((example) =>
    placesOf(example, example.args(namesOfNothing())).map(({ kind }) => [kind, example] as const),
  ),
);

/** The bad values for a place, if it is one of those that a test is about. */
type Concerns = (place: Place, given: Names) => Bad[];

/**
 * What is tried of an example: each place that is concerned with `most` of its bad values, which take turns; and with one
 * where an earlier example has had a place of that kind.
 */
function triesOf(
  example: Example,
  given: Names,
  concerns: Concerns,
  most: number,
): { place: Place; bad: Bad }[] {
  return placesOf(example, example.args(given)).flatMap((place, index) => {
    const isFirst = firstWith.get(place.kind) === example;
    const all = concerns(place, given).filter(({ variable }) => isFirst || variable?.by !== 'coercion');
    const count = Math.min(isFirst ? most : 1, all.length);
    const steps = Array.from({ length: count }, (_, step) => most * index + step);
    const turn = steps.map((step) => all[step % all.length]);
    return turn.flatMap((bad, step) => (bad ? [{ place, bad: step === 0 ? bad : asVariable(bad) }] : []));
  });
}

/**
 * Puts bad values in each place that they concern, and demands a clear refusal of each, and nothing written. Each place
 * is tried with some of them in turn, and with one as a literal too: which values a scalar refuses is tested
 * with the scalar, and here that they are refused everywhere. An example without such a place has no such test.
 */
function itRefuses(what: string, example: Example, concerns: Concerns, most = 2): void {
  if (triesOf(example, namesOfNothing(), concerns, most).length === 0) return;
  it(`refuses ${what}`, async () => {
    const before = await fingerprint(gateway.database);
    const tries = triesOf(example, names, concerns, most);
    expect(tries.length).toBeGreaterThan(0);
    const work = tries.values();
    const faults: string[] = [];
    const worker = async () => {
      for (const { place, bad } of work) faults.push(...(await faultsAt(client, example, names, place, bad)));
    };
    // A few at once share a few connections; all at once would open one each.
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect(faults).toEqual([]);
    expect(await fingerprint(gateway.database)).toEqual(before);
    expect(gateway.log).toEqual([]);
  });
}

const asVariable = ({ value, variable }: Bad): Bad => ({ value, variable });

const isOf = ({ type }: Place, ...scalars: string[]) => isScalarType(type) && scalars.includes(type.name);
const isCursor = ({ path }: Place) => path[0] === 'after' || path[0] === 'before';

describe('the examples', () => {
  it('give every argument and every field of every input, of all root fields', () => {
    const given = new Set<string>();
    const due = new Set<string>();
    for (const [, example] of examples) {
      const args = example.args(namesOfNothing());
      for (const name of Object.keys(args)) given.add(`${example.field}.${name}`);
      for (const { type, kind } of placesOf(example, args)) {
        given.add(kind.replace(/(?:\[\])+$/, ''));
        if (isInputObjectType(type))
          for (const name of Object.keys(type.getFields())) due.add(`${type.name}.${name}`);
      }
    }
    const all = EXAMPLES.flatMap((example) =>
      argumentsOf(example).map(({ name }) => `${example.field}.${name}`),
    );
    expect(all.filter((argument) => !given.has(argument))).toEqual([]);
  });

  it.each(examples)('%s is accepted', async (_, example) => {
    const own = example.operation === 'query' ? names : await makeWorld(client, gateway.database);
    const { expectedRevision: _revision, ...args } = example.args(own);
    if (example.field === 'createVoiceCall' && args.call !== undefined) args.call = { id: await newCall() };
    const { data, errors } = await client.send(documentOf(example, args), args);
    expect(errors).toBeUndefined();
    expect(userErrorsIn(data[example.field])).toEqual([]);
    if (example.operation === 'mutation' && !example.field.startsWith('upsertCall')) return;
    const literal = await client.send(literalDocumentOf(example, args));
    expect(literal.errors).toBeUndefined();
    expect(userErrorsIn(literal.data[example.field])).toEqual([]);
  });
});

const NO_BUILT_IN: Record<string, unknown[]> = {
  String: [1, 1.5, true, {}, ['a'], { a: 'b' }],
  Int: [1.5, '1', '', true, {}, [1], 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e300],
  Boolean: ['true', 'false', '', 1, 0, {}, [true]],
  ID: [1.5, true, {}, ['a'], { a: 'b' }],
};

const NO_SCALAR: Record<string, unknown[]> = {
  DateTime: [
    '2023-02-30T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-01-01T25:00:00Z',
    '2024-01-15T10:00:00',
    '2024-01-15',
    'now',
    '',
    '2024-01-15T10:00:00Z\0',
    1705312800000,
  ],
  Decimal: ['1e5', 'NaN', '0x10', 'Infinity', '+1', '.5', '1,5', '', '1\0', 1, 0.05, '9'.repeat(101)],
  PhoneNumber: ['14155550148', '+04155550148', '+1 415 555 0148', '+1', 'sip:a@b', '', '+14155550148\0', 1],
  URL: [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)//https://example.com',
    'data:text/html,x',
    'ftp://example.com',
    '//example.com',
    '/calls',
    '',
    'https://example.com/\0',
    `https://example.com/${'a'.repeat(4096)}`,
    1,
  ],
};

describe.each(examples)('%s', (_, example) => {
  itRefuses(
    'a text that cannot be stored, or is too long, wherever a string stands',
    example,
    (place) => {
      if (!isOf(place, 'String') || isCursor(place)) return [];
      const surrogate: Bad = {
        value: 'a\ud800b',
        variable: { by: 'argument', code: 'INVALID' },
        literal: { by: 'syntax' },
      };
      const most = place.path.at(-1) === 'callSummary' ? 65_536 : 4_096;
      return [refusedArgument('a\0b'), surrogate, refusedArgument('x'.repeat(most + 1))];
    },
    3,
  );

  itRefuses('anything else where a string, number or yes-or-no is due', example, ({ type }) =>
    isScalarType(type) ? (NO_BUILT_IN[type.name] ?? []).map(refusedCoercion) : [],
  );

  itRefuses('words that an enum does not have', example, ({ type, value }) =>
    isEnumType(type)
      ? ['NOPE', String(value).toLowerCase(), '', 1, true, {}, [value]].map(refusedCoercion)
      : [],
  );

  itRefuses(
    'dates that do not exist, decimals that are none, numbers that are not E.164, URLs that are not http',
    example,
    ({ type }) =>
      isScalarType(type) && NO_SCALAR[type.name]
        ? [...(NO_SCALAR[type.name] ?? []), true, {}, ['x']].map(refusedCoercion)
        : [],
  );

  itRefuses('a negative number wherever one stands, but for a cause code', example, (place) => {
    if (!isOf(place, 'Int') || place.path.at(-1) === 'causeCode') return [];
    return [-1, -(2 ** 31)].map((value) => refusedArgument(value));
  });

  itRefuses('ids that are malformed or of another type', example, (place, given) => {
    if (!isOf(place, 'ID')) return [];
    const own = String(place.value);
    const others = example.field.startsWith('node') ? [] : [given.organization, given.change, given.group];
    const malformed = [
      '',
      'nonsense',
      '1',
      own.toUpperCase(),
      `${own}x`,
      ` ${own}`,
      `${own}\0`,
      own.slice(0, -1),
      // In the form of an id, of a uuid whose version does not exist.
      own.replace(/_[^_]*$/, '_01m8h0000000000000000000zz'),
    ];
    return [...malformed, ...others, 'x'.repeat(5000), '01890a5d-ac96-774b-bcce-b302099a8057', 7].map(
      (value) => refusedArgument(value),
    );
  });

  itRefuses('an array or a scalar where an object is due', example, (place) => {
    if (isOf(place, 'JSONObject')) return [[], [{}], 'x', '{}', 1, true].map(refusedCoercion);
    if (isInputObjectType(place.type)) return [[], [[]], [place.value], 'x', 1, true].map(refusedCoercion);
    const items = isListType(place.type) && isInputObjectType(getNamedType(place.type));
    return items ? ['x', 1, true, ['x'], [[place.value]], [null]].map(refusedCoercion) : [];
  });

  itRefuses(
    'fields that an input does not have, and null where a value is due',
    example,
    ({ type, value }) => {
      if (!isInputObjectType(type)) return [];
      const members = Object.entries(value as object);
      const unknown = ['nonsense', '__proto__', 'constructor', 'toString'].map((name) => ({
        ...(value as object),
        [name]: 1,
      }));
      const required = type.isOneOf
        ? [{}, ...members.map(([name]) => ({ [name]: null }))]
        : Object.values(type.getFields())
            .filter((field) => String(field.type).endsWith('!'))
            .map(({ name }) => ({ ...(value as object), [name]: null }));
      return [...unknown, ...required].map(refusedCoercion);
    },
  );
});

const badPlaceOf = (example: Example, given: Names) =>
  placesOf(example, example.args(given)).find((place) => isOf(place, 'ID', 'Int'));

it.each(
  examples.filter(
    ([, example]) => example.operation === 'query' && badPlaceOf(example, namesOfNothing()) !== undefined,
  ),
)('%s answers a bad argument with null beside the error', async (_, example) => {
  const bad = badPlaceOf(example, names) ?? expect.fail();
  const args = put(example.args(names), bad.path, isOf(bad, 'ID') ? 'x' : -1);
  const { status, data, errors } = await client.send(documentOf(example, args), args);
  expect(status).toBe(200);
  expect(data?.[example.field] ?? null).toBeNull();
  expect(errors).toMatchObject([{ path: [example.field], extensions: { code: 'BAD_USER_INPUT' } }]);
});
