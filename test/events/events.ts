import type { Answer, Client, Variables } from '../support/gateway.js';

type Data = Answer['data'];

const ERRORS = 'errors { code message path }';
const EVENT = `id eventId sessionId reference { system name value } group { id kind key } eventTime metadata match actor
  createdAt matchedBy { id name } calls(first: 200) { totalCount nodes { id } }`;

const payloadOf = async (client: Client, mutation: string, variables: Variables): Promise<Data> =>
  (await client.ask(mutation, variables)).payload;

/** The time so many seconds ago, as ISO 8601. */
export const past = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

/** By default the event happened just now. */
export const recordCallEvent = (client: Client, input: Variables) =>
  payloadOf(
    client,
    `mutation ($input: RecordCallEventInput!) { payload: recordCallEvent(input: $input) { event { ${EVENT} } ${ERRORS} } }`,
    { input: { eventTime: new Date().toISOString(), ...input } },
  );

export const assignCallEvent = (client: Client, id: string, call: object) =>
  payloadOf(
    client,
    `mutation ($id: ID!, $call: CallLocator!) { payload: assignCallEvent(id: $id, call: $call) { event { ${EVENT} } ${ERRORS} } }`,
    { id, call },
  );

export const createMatchRule = (client: Client, input: Variables) =>
  payloadOf(
    client,
    `mutation ($input: CreateMatchRuleInput!) { payload: createMatchRule(input: $input) {
      matchRule { id name metadataPath callField callMetadataPath windowMinutes createdAt } ${ERRORS} } }`,
    { input },
  );

export const deleteMatchRule = (client: Client, id: string) =>
  payloadOf(client, `mutation ($id: ID!) { payload: deleteMatchRule(id: $id) { id ${ERRORS} } }`, { id });

export const joinCalls = (client: Client, call: object, duplicate: object) =>
  payloadOf(
    client,
    `mutation ($call: CallLocator!, $duplicate: CallLocator!) { payload: joinCalls(call: $call, duplicate: $duplicate) {
      call { id revision metadata status from to tags references { system name value } groups { kind key }
        voiceCall { id call { id } } callFlow { id revision } parent { id } } ${ERRORS} } }`,
    { call, duplicate },
  );

export async function readEvent(client: Client, id: string): Promise<Data> {
  const { node } = await client.ask(`query ($id: ID!) { node(id: $id) { ... on CallEvent { ${EVENT} } } }`, {
    id,
  });
  return node;
}

export const other = (value: string) => ({ system: 'OTHER', name: 'test', value });
export const session = (value: string) => ({ system: 'CREOVAI', name: 'sessionId', value });
export const by = (reference: { system: string; name: string; value: string }) => ({ reference });

/** Throws if the upsert is refused. */
export async function upserted(client: Client, input: Variables): Promise<Data> {
  const { payload } = await client.ask(
    `mutation ($input: UpsertCallInput!) { payload: upsertCall(input: $input) {
      created call { id metadata revision status } ${ERRORS} } }`,
    { input },
  );
  if (payload.errors.length > 0) throw new Error(JSON.stringify(payload.errors));
  return payload.call;
}

const CHANGE = `id kind revision actor patch patchOrder oldValues newValues effectiveAt recordedAt event { id }`;

/** The history is oldest first. */
export async function withHistory(client: Client, id: string): Promise<Data> {
  const { call } = await client.ask(
    `query ($id: ID!) { call(id: $id) { id metadata revision status
      events(first: 200) { totalCount nodes { id match } }
      history(first: 200) { totalCount nodes { ${CHANGE} } } } }`,
    { id },
  );
  return { ...call, history: call.history.nodes.toReversed() };
}
