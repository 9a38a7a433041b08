import { randomBytes } from 'node:crypto';
import type { CallSystem } from '../../../src/calls/call.enums.js';
import type { Answer, Client, Variables } from '../gateway.js';

type Data = Answer['data'];
type System = Exclude<CallSystem, 'OTHER'>;

/** What a new account needs beside its URL. */
const MEMBERS: Record<System, Variables> = {
  BURKI: { apiKey: 'burki-key' },
  CREOVAI: { clientId: 'creovai-client', clientSecret: 'creovai-secret' },
  VCITA: { token: 'vcita-token', businessUid: 'business-1' },
  BIRD: { accessKey: 'bird-key', workspaceId: 'workspace-1', channelId: 'channel-1' },
};

export const ACCOUNT = `id system name baseUrl settings sends receives webhookUrl state stateReason pendingDeliveries deadDeliveries
  oldestPendingAt secretExpiresAt createdAt updatedAt`;
const ERRORS = 'errors { code message path }';

const CREATE = `mutation ($input: CreateVendorAccountInput!) {
  payload: createVendorAccount(input: $input) { vendorAccount { ${ACCOUNT} } ${ERRORS} }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateVendorAccountInput!) {
  payload: updateVendorAccount(id: $id, input: $input) { vendorAccount { ${ACCOUNT} } ${ERRORS} }
}`;
const DELETE = `mutation ($id: ID!) { payload: deleteVendorAccount(id: $id) { id ${ERRORS} } }`;
const TEST = `mutation ($id: ID!) { payload: testVendorAccount(id: $id) { ok message ${ERRORS} } }`;

const payloadOf = async (client: Client, document: string, variables: Variables): Promise<Data> =>
  (await client.ask(document, variables)).payload;

export const createAccount = (client: Client, input: Variables) => payloadOf(client, CREATE, { input });
export const updateAccount = (client: Client, id: string, input: Variables) =>
  payloadOf(client, UPDATE, { id, input });
export const deleteAccount = (client: Client, id: string) => payloadOf(client, DELETE, { id });
export const testAccount = (client: Client, id: string) => payloadOf(client, TEST, { id });

export async function readAccounts(client: Client): Promise<Data[]> {
  return (await client.ask(`{ vendorAccounts { ${ACCOUNT} } }`)).vendorAccounts;
}

export async function readAccount(client: Client, id: string): Promise<Data> {
  const { node } = await client.ask(
    `query ($id: ID!) { node(id: $id) { ... on VendorAccount { ${ACCOUNT} } } }`,
    {
      id,
    },
  );
  return node;
}

export interface GivenAccount {
  system: System;
  /** Of the fake vendor. */
  url?: string;
  name?: string;
  /** More, or other, members of the vendor's input. */
  members?: Variables;
  sends?: boolean;
  receives?: boolean;
}

export const accountInput = ({ system, url, name, members = {}, ...flags }: GivenAccount): Variables => ({
  name: name ?? `${system} ${randomBytes(4).toString('hex')}`,
  vendor: {
    [system.toLowerCase()]: {
      ...MEMBERS[system],
      ...(url === undefined
        ? system === 'CREOVAI'
          ? { baseUrl: 'https://creovai.example.com' }
          : {}
        : { baseUrl: url }),
      ...members,
    },
  },
  ...flags,
});

/** An account that must be accepted. */
export async function givenAccount(client: Client, given: GivenAccount): Promise<Data> {
  const { vendorAccount, errors } = await createAccount(client, accountInput(given));
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return vendorAccount;
}
