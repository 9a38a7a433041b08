import { bodyOf } from '../support/client.js';

export interface UserError {
  code: string;
  message: string;
  path: string[] | null;
}
const ERRORS = 'errors { code message path }';

export interface Upserted {
  call: { id: string; revision: number } | null;
  created: boolean;
  errors: UserError[];
}
export interface Merged {
  call: { revision: number } | null;
  errors: UserError[];
}
export interface Recorded {
  event: { id: string; match: string } | null;
  errors: UserError[];
}

export const upsertBody = (input: unknown): string =>
  bodyOf({
    query: `mutation ($input: UpsertCallInput!) {
      upsertCall(input: $input) { call { id revision } created ${ERRORS} }
    }`,
    variables: { input },
  });

export const upsertsBody = (inputs: unknown[]): string =>
  bodyOf({
    query: `mutation ($inputs: [UpsertCallInput!]!) {
      upsertCalls(inputs: $inputs) { call { id revision } created ${ERRORS} }
    }`,
    variables: { inputs },
  });

export const mergeBody = (call: unknown, metadata: unknown): string =>
  bodyOf({
    query: `mutation ($call: CallLocator!, $metadata: JSONObject!) {
      mergeCallMetadata(call: $call, metadata: $metadata) { call { revision } ${ERRORS} }
    }`,
    variables: { call, metadata },
  });

export const mergesBody = (items: { call: unknown; metadata: unknown }[]): string =>
  bodyOf({
    query: `mutation ($items: [MergeCallMetadataItem!]!) {
      mergeCallsMetadata(items: $items) { call { revision } ${ERRORS} }
    }`,
    variables: { items },
  });

export const eventBody = (input: unknown): string =>
  bodyOf({
    query: `mutation ($input: RecordCallEventInput!) {
      recordCallEvent(input: $input) { event { id match } ${ERRORS} }
    }`,
    variables: { input },
  });

export const flowBody = (call: unknown, commands: unknown): string =>
  bodyOf({
    query: `mutation ($call: CallLocator!, $commands: [CallFlowCommandInput!]!) {
      replaceCallFlow(call: $call, commands: $commands) { callFlow { revision } ${ERRORS} }
    }`,
    variables: { call, commands },
  });

/** The payloads of answers: of a batch one for each item. @throws when one has an error. */
export function payloads<Payload extends { errors: UserError[] }>(
  answers: readonly Record<string, Payload | Payload[] | null>[],
): Payload[] {
  const all = answers.flatMap((answer) => Object.values(answer)).flatMap(listOf<Payload | null>);
  return all.map((payload) => {
    if (payload === null) throw new Error('a mutation answered null');
    const [error] = payload.errors;
    if (error) throw new Error(`a write was refused: ${JSON.stringify(error)}`);
    return payload;
  });
}

const listOf = <T>(each: T | T[]): T[] => (Array.isArray(each) ? each : [each]);

/** @throws when something is not as it must be before a time means anything. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
