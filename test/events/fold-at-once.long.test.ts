import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { metadataObject } from '../metadata/arbitraries.js';
import { canonical, type Json, mergePatch } from '../metadata/reference.js';
import { mergeCallMetadata } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { other, recordCallEvent, session, upserted, withHistory } from './events.js';
import { faults } from './faults.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

type Members = { [key: string]: Json };
const isSame = (one: Json, other: Json) => canonical(one) === canonical(other);

const fold = (changes: Answer['data'][]): Members =>
  changes
    .toSorted((a, b) => (a.patchOrder < b.patchOrder ? -1 : 1))
    .reduce<Json>((metadata, { patch }) => mergePatch(metadata, patch), {}) as Members;

const members = (metadata: Members, other: Members): Members =>
  Object.fromEntries(
    Object.entries(metadata).filter(
      ([key, value]) => !Object.hasOwn(other, key) || !isSame(value, other[key] ?? null),
    ),
  );

/** Seconds from now: most before the merges, which take effect now, and some after. */
const seconds = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -9, max: -1 }) },
  fc.constantFrom(100, 110, 120),
);
const patch = fc.record({ metadata: metadataObject, seconds });
const scenario = fc.record({
  /** The call's merges, and the events that named it, before the upsert. */
  merges: fc.array(metadataObject, { maxLength: 3 }),
  known: fc.array(patch, { maxLength: 3 }),
  waiting: fc.array(patch, { minLength: 1, maxLength: 7 }),
  /** The metadata of the upsert that brings the name. */
  said: fc.option(metadataObject),
});

let number = 0;

it('events admitted together leave the same log as one by one in the order of their times', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ merges, known, waiting, said }) => {
      number += 1;
      const now = Date.now();
      const [name, reference] = [`fold ${number}`, other(`fold ${number}`)];
      const record = (target: object, { metadata, seconds }: (typeof waiting)[number]) =>
        recordCallEvent(client, {
          target,
          metadata,
          eventTime: new Date(now + seconds * 1000).toISOString(),
        });
      const { id } = await upserted(client, { references: [reference] });
      for (const metadata of merges) await mergeCallMetadata(client, { call: { id }, metadata });
      for (const each of known) await record({ call: { id } }, each);
      for (const each of waiting) await record({ sessionId: name }, each);
      await upserted(client, { references: [reference, session(name)], ...(said && { metadata: said }) });

      const { metadata, history } = await withHistory(client, id);
      const logged = history.slice(-waiting.length);
      const before = history
        .slice(0, -waiting.length)
        .filter(({ patchOrder }: Answer['data']) => patchOrder !== null);
      expect(logged.map(({ kind }: Answer['data']) => kind)).toEqual(waiting.map(() => 'EVENT_APPLIED'));
      expect(logged).toEqual(
        logged.toSorted((a: Answer['data'], b: Answer['data']) => (a.patchOrder < b.patchOrder ? -1 : 1)),
      );
      const raised = Math.max(...history.map(({ revision }: Answer['data']) => revision ?? 0));
      for (const [index, row] of logged.entries()) {
        const [was, is] = [
          fold([...before, ...logged.slice(0, index)]),
          fold([...before, ...logged.slice(0, index + 1)]),
        ];
        const [old, fresh] = [members(was, is), members(is, was)];
        const isChange = Object.keys(old).length + Object.keys(fresh).length > 0;
        expect(row.revision).toBe(isChange ? raised : null);
        expect(canonical(row.oldValues)).toBe(canonical(isChange ? { metadata: old } : {}));
        expect(canonical(row.newValues)).toBe(canonical(isChange ? { metadata: fresh } : {}));
      }
      expect(canonical(metadata)).toBe(canonical(fold([...before, ...logged])));
      expect(await faults(gateway)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
