import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { expect } from 'vitest';
import { upsertCall } from '../../support/documents.js';
import type { Client, TestGateway, Variables } from '../../support/gateway.js';
import type { FakeAudio } from '../../support/vendors/audio.js';
import type { FakeBurki } from '../../support/vendors/burki.js';

interface Heard {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}

interface Listener {
  method?: 'GET' | 'HEAD';
  range?: string;
  authorization?: string;
}

/** Asks as a browser's player does. */
export async function listen(
  url: string,
  { method = 'GET', range, authorization }: Listener = {},
): Promise<Heard> {
  const { statusCode, headers, body } = await request(url, {
    method,
    headers: { ...(range ? { range } : {}), ...(authorization ? { authorization } : {}) },
  });
  return { status: statusCode, headers, bytes: Buffer.from(await body.arrayBuffer()) };
}

export const refusalOf = ({ status, bytes }: Heard) => {
  const [error] = JSON.parse(bytes.toString()).errors;
  return { status, code: error.extensions.code };
};

export interface Recorded {
  /** The call's and the recording's global ids. */
  call: string;
  id: string;
  url: string | null;
}

/** A call with one recording. */
export async function givenRecording(
  client: Client,
  input: Variables,
  recording: Variables,
): Promise<Recorded> {
  const { call, errors } = await upsertCall(client, { ...input, recordings: [recording] });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return { call: call.id, id: call.recordings[0].id, url: await urlOf(client, call.recordings[0].id) };
}

export async function urlOf(client: Client, id: string): Promise<string | null> {
  const { node } = await client.ask('query ($id: ID!) { node(id: $id) { ... on CallRecording { url } } }', {
    id,
  });
  return node.url;
}

/** Where a token hears it. */
export const plainUrl = ({ url }: Pick<TestGateway, 'url'>, id: string): string =>
  new URL(`/recordings/${id}`, url).href;

export const BYTES = randomBytes(100_000);
let made = 0;

/** At Burki, in a call of which one name is known. */
export async function givenAtBurki(
  burki: FakeBurki,
  client: Client,
  audio: Partial<FakeAudio> = {},
  name: 'id' | 'callSid' = 'id',
): Promise<Recorded & { recording: number }> {
  const [callId, recording] = [1_000 + ++made, 5_000 + made];
  const { call_sid } = burki.add({ id: callId });
  burki.recordings.set(recording, { callId, bytes: BYTES, ...audio });
  const references = [{ system: 'BURKI', name, value: name === 'id' ? String(callId) : call_sid }];
  const given = await givenRecording(
    client,
    { references },
    { system: 'BURKI', vendorId: String(recording) },
  );
  return { recording, ...given };
}

/** By a URL that there must be. */
export const heard = (url: string | null, listener: Listener = {}): Promise<Heard> =>
  listen(url ?? expect.fail('there is no URL'), listener);
