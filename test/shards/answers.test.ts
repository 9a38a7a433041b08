import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable } from '../identity/comparable.js';
import { ASKINGS } from '../identity/root-fields.js';
import { makeWorld, type Names } from '../identity/world.js';
import { type Client, openShardedGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
/** On shard 0, and on shard 1. */
let here: { client: Client; names: Names };
let there: { client: Client; names: Names };

beforeAll(async () => {
  gateway = await openShardedGateway({ vendors: false });
  const given = async (shard: number) => {
    const client = await gateway.client({}, shard);
    const database = gateway.databases[shard];
    if (database === undefined) throw new Error(`no shard ${shard}`);
    return { client, names: await makeWorld(client, database) };
  };
  here = await given(0);
  there = await given(1);
});
afterAll(() => gateway.close());

const asked = async ({ client, names }: typeof here, asking: (typeof ASKINGS)[number]) =>
  comparable(await client.send(asking.document, asking.variables(names)), names);

/** Positions, which have nothing in common. */
const COMPARED = ASKINGS.filter(({ field }) => field !== 'changeCursor');

describe('an organization on another database', () => {
  it.each(COMPARED)('is answered $field by $by as one on the first is', async (asking) => {
    const answer = await asked(here, asking);
    expect(answer).toMatchObject({ status: 200 });
    expect(await asked(there, asking)).toEqual(answer);
  });
});
