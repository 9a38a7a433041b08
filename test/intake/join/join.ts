import { expect } from 'vitest';
import { joinCalls } from '../../events/events.js';
import type { Answer, Client } from '../../support/gateway.js';

type Data = Answer['data'];

/** Joins the duplicate into the call, expects no errors and returns the call. */
export async function join(client: Client, call: Data, duplicate: Data): Promise<Data> {
  const payload = await joinCalls(client, { id: call.id }, { id: duplicate.id });
  expect(payload.errors).toEqual([]);
  return payload.call;
}
