import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGatewayOn, type TestGateway } from '../../support/gateway.js';
import { openReplication, type Replication } from '../../support/replication.js';
import { UPSERT } from '../../support/documents.js';

let replication: Replication;
let gateway: TestGateway;

beforeAll(async () => {
  replication = await openReplication(1);
  const { primary, standbys, database } = replication;
  gateway = await openGatewayOn(primary.url(database), {}, undefined, 'info', {
    replicas: { urls: standbys.map((each) => each.url(database)), poolSize: 4, maxLag: 1 },
  });
});

afterAll(async () => {
  await gateway?.close();
  await replication?.close();
});

describe('a query', () => {
  it('reads from the replica', async () => {
    const client = await gateway.client();
    await expect.poll(() => gateway.database.replicas?.figures).toEqual([]);
    console.log(gateway.database.replicas?.figures, gateway.log);
    console.log(await client.send('{ changeCursor calls { nodes { id } } }'));
    console.log(gateway.database.replicas?.counts);
  });
});
