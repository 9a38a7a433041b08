import { other } from '../events/events.js';
import type { Answer, Client } from '../support/gateway.js';

const UPSERT = `mutation Upsert($input: UpsertCallInput!) {
  upsertCall(input: $input) {
    created
    errors { code message path }
    call { ...Whole }
  }
}
fragment Whole on Call {
  id references { system name value } direction status vendorStatus type from to customerNumber
  originator { contact { contactId identifierKey identifierValue } number { number anonymous } }
  parent { id } tags reason duration scheduledFor startedAt vendorUpdatedAt
  cost { total currency } hangup { causeCode source } metadata revision
  groups { id kind key } callFlow { revision commands { command } } voiceCall { id }
  history(first: 20) { totalCount nodes { kind revision patch oldValues newValues actor } }
}`;

export async function upsert(client: Client, input: Record<string, unknown>) {
  return (await client.ask(UPSERT, { input })).upsertCall;
}

const UPSERT_ALL = `mutation ($inputs: [UpsertCallInput!]!) {
  upsertCalls(inputs: $inputs) {
    created
    errors { code message path }
    call { id direction status vendorStatus from to customerNumber parent { id } tags duration vendorUpdatedAt metadata revision updatedAt }
  }
}`;

export async function upsertCalls(
  client: Client,
  inputs: Record<string, unknown>[],
): Promise<Answer['data'][]> {
  return (await client.ask(UPSERT_ALL, { inputs })).upsertCalls;
}

export async function callOf(client: Client, value: string) {
  const query = `query($reference: CallReferenceInput!) { callByReference(reference: $reference) {
    id status vendorStatus parent { id } references { value } revision metadata duration
    history { totalCount nodes { kind revision newValues } } } }`;
  return (await client.ask(query, { reference: other(value) })).callByReference;
}
