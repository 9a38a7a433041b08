import { getNamedType, isEnumType, isInputObjectType, isListType, isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fresh, makeWorld, type Names, namesOfNothing } from '../identity/world.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { EXAMPLES, type Example } from './examples.js';
import { fingerprint } from './fingerprint.js';
import { argumentsOf, documentOf, type Location, literalDocumentOf, locationsOf, put } from './locations.js';
import { type Bad, faultsAt, refusedArgument, refusedCoercion, userErrorsIn } from './refusals.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  // An import that a test starts would change while it looks.
  gateway = await openTestGateway({ vendors: false });
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
afterAll(() => gateway.close());

async function newCall(sender: Client): Promise<string> {
  const { upsertCall } = await sender.ask(
    'mutation ($value: String!) { upsertCall(input: { references: [{ system: OTHER, name: "case", value: $value }] }) { call { id } } }',
    { value: fresh('case') },
  );
  return upsertCall.call.id;
}

const label = (example: Example) =>
  `${example.field}(${Object.keys(example.args(namesOfNothing())).join(', ')})`;
const examples = EXAMPLES.map((example) => [label(example), example] as const);

/** The first example with locations of a kind. Coercion depends only on types, so it is tried there and not again. */
const firstWith = new Map(
  EXAMPLES.toReversed().flatMap((example) =>
    locationsOf(example, example.args(namesOfNothing())).map(({ kind }) => [kind, example] as const),
  ),
);

type Concerns = (location: Location, given: Names) => Bad[];

/**
 * What is tried of an example: each affected location with at most `most` of its bad values in turn, and with one if an
 * earlier example had a location of that kind.
 */
function triesOf(
  example: Example,
  given: Names,
  concerns: Concerns,
  most: number,
): { location: Location; bad: Bad }[] {
  return locationsOf(example, example.args(given)).flatMap((location, index) => {
    const isFirst = firstWith.get(location.kind) === example;
    const all = concerns(location, given).filter(({ variable }) => isFirst || variable?.by !== 'coercion');
    const count = Math.min(isFirst ? most : 1, all.length);
    const steps = Array.from({ length: count }, (_, step) => most * index + step);
    const turn = steps.map((step) => all[step % all.length]);
    return turn.flatMap((bad, step) => (bad ? [{ location, bad: step === 0 ? bad : asVariable(bad) }] : []));
  });
}

/**
 * Puts bad values at each affected location, and expects a clear refusal of each and no writes. Each location is tried
 * with some of them in turn, and with one as a literal. The tests of the scalars cover which values are refused; this
 * one, that they are refused everywhere.
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
      for (const { location, bad } of work)
        faults.push(...(await faultsAt(client, example, names, location, bad)));
    };
    // A few at once share a few connections; all at once would open one each.
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect(faults).toEqual([]);
    expect(await fingerprint(gateway.database)).toEqual(before);
    expect(gateway.log).toEqual([]);
  });
}

const asVariable = ({ value, variable }: Bad): Bad => ({ value, variable });

const isOf = ({ type }: Location, ...scalars: string[]) => isScalarType(type) && scalars.includes(type.name);
const isCursor = ({ path }: Location) => path[0] === 'after' || path[0] === 'before';

describe('the examples', () => {
  it('give every argument and every field of every input, of all root fields', () => {
    const given = new Set<string>();
    const due = new Set<string>();
    for (const [, example] of examples) {
      const args = example.args(namesOfNothing());
      for (const name of Object.keys(args)) given.add(`${example.field}.${name}`);
      for (const { type, kind } of locationsOf(example, args)) {
        given.add(kind.replace(/(?:\[\])+$/, ''));
        if (isInputObjectType(type))
          for (const name of Object.keys(type.getFields())) due.add(`${type.name}.${name}`);
      }
    }
    const all = EXAMPLES.flatMap((example) =>
      argumentsOf(example).map(({ name }) => `${example.field}.${name}`),
    );
    expect(all.filter((argument) => !given.has(argument))).toEqual([]);
    expect([...due].filter((field) => !given.has(field))).toEqual([]);
  });

  it.each(examples)('%s is accepted', async (_, example) => {
    // A world of its own: an organization has at most 100 vendor accounts.
    const sender = example.operation === 'query' ? client : await gateway.client();
    const own = example.operation === 'query' ? names : await makeWorld(sender, gateway.database);
    const { expectedRevision: _revision, ...args } = example.args(own);
    if (example.field === 'createVoiceCall' && args.call !== undefined)
      args.call = { id: await newCall(sender) };
    const { data, errors } = await sender.send(documentOf(example, args), args);
    expect(errors).toBeUndefined();
    expect(userErrorsIn(data[example.field])).toEqual([]);
    if (example.operation === 'mutation' && !example.field.startsWith('upsertCall')) return;
    const literal = await sender.send(literalDocumentOf(example, args));
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
  PhoneNumber: ['1415555', '+04155550148', '+1 415 555 0148', '+1', 'sip:a@b', '+14155550148\0', 1],
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

const mostOf = ({ path, kind }: Location): number => {
  if (kind === 'TranscriptLineInput.text') return 16_384;
  return /summary$/i.test(String(path.at(-1))) ? 65_536 : 4_096;
};

describe.each(examples)('%s', (_, example) => {
  itRefuses(
    'a text that cannot be stored, or is too long, wherever a string stands',
    example,
    (location) => {
      if (!isOf(location, 'String') || isCursor(location)) return [];
      const surrogate: Bad = {
        value: 'a\ud800b',
        variable: { by: 'argument', code: 'INVALID' },
        literal: { by: 'syntax' },
      };
      return [refusedArgument('a\0b'), surrogate, refusedArgument('x'.repeat(mostOf(location) + 1))];
    },
    3,
  );

  itRefuses('anything else where a string, number or yes-or-no is expected', example, ({ type }) =>
    isScalarType(type) ? (NO_BUILT_IN[type.name] ?? []).map(refusedCoercion) : [],
  );

  itRefuses('words that an enum does not have', example, ({ type, value }) =>
    isEnumType(type)
      ? ['NOPE', String(value).toLowerCase(), '', 1, true, {}, [value]].map(refusedCoercion)
      : [],
  );

  itRefuses(
    'dates that do not exist, malformed decimals, numbers that are not E.164, URLs that are not http',
    example,
    ({ type }) =>
      isScalarType(type) && NO_SCALAR[type.name]
        ? [...(NO_SCALAR[type.name] ?? []), true, {}, ['x']].map(refusedCoercion)
        : [],
  );

  itRefuses('a negative number wherever one stands, but for a cause code', example, (location) => {
    if (!isOf(location, 'Int') || location.path.at(-1) === 'causeCode') return [];
    return [-1, -(2 ** 31)].map((value) => refusedArgument(value));
  });

  itRefuses('ids that are malformed or of another type', example, (location, given) => {
    if (!isOf(location, 'ID')) return [];
    const own = String(location.value);
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
      own.replace(/_[^_]*$/, '_01m8h0000000000000000000zz'),
    ];
    return [...malformed, ...others, 'x'.repeat(5000), '01890a5d-ac96-774b-bcce-b302099a8057', 7].map(
      (value) => refusedArgument(value),
    );
  });

  itRefuses('an array or a scalar where an object is expected', example, (location) => {
    if (isOf(location, 'JSONObject')) return [[], [{}], 'x', '{}', 1, true].map(refusedCoercion);
    if (isInputObjectType(location.type))
      return [[], [[]], [location.value], 'x', 1, true].map(refusedCoercion);
    const items = isListType(location.type) && isInputObjectType(getNamedType(location.type));
    return items ? ['x', 1, true, ['x'], [[location.value]], [null]].map(refusedCoercion) : [];
  });

  itRefuses(
    'fields that an input does not have, and null where a value is expected',
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
  locationsOf(example, example.args(given)).find((location) => isOf(location, 'ID', 'Int'));

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
