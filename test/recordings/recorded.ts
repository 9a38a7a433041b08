import { expect } from 'vitest';
import { upsertCall } from '../support/documents.js';
import type { Answer, Client, Variables } from '../support/gateway.js';

type Data = Answer['data'];

const RECORDING = 'id system vendorId kind status duration format createdAt';
const LINE = 'start end speaker speakerName text confidence';
export const TRANSCRIPT = `id system vendorId status language summary createdAt lines { ${LINE} }`;

/** All that a call has of both, with its revision and history (oldest first). */
export async function readRecorded(client: Client, id: string): Promise<Data> {
  const { call } = await client.ask(
    `query ($id: ID!) { call(id: $id) {
      revision recordings { ${RECORDING} } transcripts { ${TRANSCRIPT} }
      history(first: 100) { nodes { kind revision patch oldValues newValues actor } }
    } }`,
    { id },
  );
  return { ...call, history: call.history.nodes.toReversed() };
}

/** An upsert that must be accepted. */
export async function upserted(client: Client, input: Variables): Promise<Data> {
  const { call, errors } = await upsertCall(client, input);
  expect(errors).toEqual([]);
  return call;
}

export const idOf = (value: string) => [{ system: 'BURKI', name: 'id', value }];

let made = 0;
/** A vendor's id that no test has used. */
export const freshId = (): string => String(100_000 + ++made);

export const recording = (more: Variables = {}): Variables => ({
  system: 'BURKI',
  vendorId: freshId(),
  ...more,
});

export const transcript = (more: Variables = {}): Variables => ({
  system: 'BURKI',
  vendorId: freshId(),
  lines: [
    { start: 0.5, end: 2, speaker: 'AGENT', speakerName: 'assistant', text: 'Hello', confidence: 0.98 },
    { start: 2.25, speaker: 'CUSTOMER', text: 'Hi there' },
  ],
  ...more,
});

/** As a transcript shows them, with what was left out. */
export const LINES = [
  { start: 0.5, end: 2, speaker: 'AGENT', speakerName: 'assistant', text: 'Hello', confidence: 0.98 },
  { start: 2.25, end: null, speaker: 'CUSTOMER', speakerName: null, text: 'Hi there', confidence: null },
];
