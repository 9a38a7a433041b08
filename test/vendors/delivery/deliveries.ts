import { randomUUID } from 'node:crypto';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import type { Answer, Client } from '../../support/gateway.js';

type Data = Answer['data'];

export const DELIVERY = `id kind state attempts lastError vendorRequestId lastAttemptAt nextAttemptAt deliveredAt createdAt
  account { id system name state } call { id } change { id kind }`;

/** A call at Burki, so that Burki accounts are sent its metadata. */
export const givenBurkiCall = (client: Client): Promise<Data> =>
  givenCall(client, { references: [{ system: 'BURKI', name: 'callSid', value: randomUUID() }] });

export const merge = (client: Client, call: string, metadata: object = { [randomUUID()]: 1 }) =>
  mergeCallMetadata(client, { call: { id: call }, metadata });

/** Newest first. */
export async function deliveriesOf(client: Client, call: string, filter?: object): Promise<Data[]> {
  const { call: found } = await client.ask(
    `query ($id: ID!, $filter: DeliveryFilter) { call(id: $id) { deliveries(filter: $filter, first: 200) { nodes { ${DELIVERY} } } } }`,
    { id: call, filter },
  );
  return found.deliveries.nodes;
}

export async function newestDelivery(client: Client, call: string): Promise<Data> {
  const [newest] = await deliveriesOf(client, call);
  return newest;
}

const changing = (field: string) =>
  `mutation ($ids: [ID!]!) { payload: ${field}(ids: $ids) { deliveries { ${DELIVERY} } errors { code message path } } }`;

export const replay = async (client: Client, ids: string[]): Promise<Data> =>
  (await client.ask(changing('replayDeliveries'), { ids })).payload;

export const discard = async (client: Client, ids: string[]): Promise<Data> =>
  (await client.ask(changing('discardDeliveries'), { ids })).payload;
