import fc from 'fast-check';
import { isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { EXAMPLES, type Example } from '../errors/examples.js';
import { fingerprint } from '../errors/fingerprint.js';
import { documentOf, locationsOf, put } from '../errors/locations.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { comparable } from './comparable.js';
import { namesBeside } from './names-beside.js';
import { wholeRoot } from './whole-selection.js';
import { makeWorld, type Names, namesOfNothing, organizationOf } from './world.js';

/** One of two who have the same of their own, and ask the same: the one with names of theirs, the other with names of nothing. */
interface Twin {
  client: Client;
  own: Names;
  foreign: Names;
}

/** What is drawn: the names that are foreign, and texts or ids among the arguments that are another foreign name. */
interface Drawn {
  isForeign: boolean[];
  swaps: { place: number; name: number }[];
}

const NAMES = Object.keys(namesOfNothing()) as (keyof Names)[];
const DRAWN: fc.Arbitrary<Drawn> = fc.record({
  isForeign: fc.array(fc.boolean(), { minLength: NAMES.length, maxLength: NAMES.length }),
  swaps: fc.array(fc.record({ place: fc.nat(1_000), name: fc.nat(NAMES.length - 1) }), { maxLength: 2 }),
});
const ALL_FOREIGN: Drawn = { isForeign: NAMES.map(() => true), swaps: [] };

let gateway: TestGateway;
let owner: Client;
let theirs: Names;
let nothing: Names;
/** Twins who read only: they stay alike whatever they ask. */
let readers: Twin[];

beforeAll(async () => {
  // What vendors' workers leave at the accounts is no trace of what is asked here.
  gateway = await openTestGateway({ vendors: false });
  owner = await gateway.client();
  theirs = await makeWorld(owner, gateway.database);
  nothing = namesBeside(theirs);
  readers = await twins();
});
afterAll(() => gateway.close());

const twins = (): Promise<Twin[]> =>
  Promise.all(
    [theirs, nothing].map(async (foreign) => {
      const client = await gateway.client();
      return { client, own: await makeWorld(client, gateway.database), foreign };
    }),
  );

/** The arguments with a sign for each name, so that both ask the same. */
function signedArguments(example: Example, { isForeign, swaps }: Drawn): string {
  const signs = Object.fromEntries(
    NAMES.map((name, index) => [name, `«${isForeign[index] ? 'foreign' : 'own'} ${name}»`]),
  );
  let args = example.args(signs as unknown as Names);
  const places = locationsOf(example, args).filter(
    ({ type }) => isScalarType(type) && ['ID', 'String'].includes(type.name),
  );
  for (const { place, name } of swaps) {
    const found = places[place % places.length];
    if (found !== undefined) args = put(args, found.path, `«foreign ${NAMES[name]}»`);
  }
  return JSON.stringify(args);
}

const named = (signed: string, twin: Twin): Variables =>
  JSON.parse(
    signed.replace(
      /«(own|foreign) (\w+)»/g,
      (_, whose: 'own' | 'foreign', name: keyof Names) => twin[whose][name],
    ),
  );

const label = (example: Example, index: number) =>
  `${example.field}, example ${index}: ${Object.keys(example.args(namesOfNothing())).join(', ')}`;
const examples = EXAMPLES.map((example, index) => [label(example, index), example] as const);

it('every root field that takes arguments is in the table of this test', () => {
  const schema = publicSchema();
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const due = roots
    .flatMap((root) => Object.values(root?.getFields() ?? {}))
    .filter(({ args }) => args.length > 0);
  expect([...new Set(EXAMPLES.map(({ field }) => field))].toSorted()).toEqual(
    due.map(({ name }) => name).toSorted(),
  );
});

describe('names of another organization answer as names of nothing, and leave it as it is', () => {
  it.each(examples)('%s', async (_, example) => {
    const both = example.operation === 'query' ? readers : await twins();
    const selection = wholeRoot(example.operation, example.field, 2);
    const before = await fingerprint(gateway.database, organizationOf(theirs));
    await fc.assert(
      fc.asyncProperty(DRAWN, async (drawn) => {
        const signed = signedArguments(example, drawn);
        const [one, other] = await Promise.all(
          both.map(async (twin) => {
            const args = named(signed, twin);
            const document = documentOf({ ...example, selection }, args);
            return comparable(await twin.client.send(document, args), twin.own, twin.foreign);
          }),
        );
        expect(one).toEqual(other);
        expect(JSON.stringify(one)).not.toContain('INTERNAL_SERVER_ERROR');
      }),
      // What was asked before has changed both alike: a smaller question would not meet the same.
      { numRuns: Number(process.env.RUNS ?? 6), examples: [[ALL_FOREIGN]], endOnFailure: true },
    );
    expect(await fingerprint(gateway.database, organizationOf(theirs))).toEqual(before);
  });
});
