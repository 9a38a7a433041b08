import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, type Client } from '../support/client.js';
import { mergesBody, must, type Upserted, upsertsBody } from '../writes/operations.js';

/** Of ten changes one is a new call, and nine are of the newest thousand calls. */
const NEW = 0.1;
const KNOWN = 1_000;

export interface Writer {
  /** So many changes in one moment. */
  write(count: number): Promise<void>;
  /** A call that comes after all of them. @returns its id */
  last(): Promise<string>;
}

export async function openWriter(client: Client): Promise<Writer> {
  const ids: string[] = [];
  for (let after: string | null = null; ids.length < KNOWN; ) {
    const query =
      'query ($after: String) { calls(first: 200, after: $after) { nodes { id } pageInfo { endCursor } } }';
    const { data }: { data: Page } = await client.ask<Page>(bodyOf({ query, variables: { after } }));
    ids.push(...data.calls.nodes.map(({ id }) => id));
    after = data.calls.pageInfo.endCursor;
  }
  let count = 0;
  const newCalls = async (number: number): Promise<string[]> => {
    const inputs = Array.from({ length: number }, () => ({
      references: [{ system: 'OTHER', name: 'bench', value: `wallboard ${count++}` }],
      status: 'RINGING',
      from: '+16505550000',
      to: '+14155550001',
    }));
    const { data } = await client.ask<{ upsertCalls: Upserted[] }>(upsertsBody(inputs));
    must(
      data.upsertCalls.every(({ errors }) => errors.length === 0),
      'the calls are written',
    );
    return data.upsertCalls.map(({ call }) => call?.id ?? '');
  };
  return {
    async write(number) {
      const fresh = Math.round(number * NEW);
      const items = Array.from({ length: number - fresh }, () => ({
        call: { id: ids[Math.floor(Math.random() * ids.length)] },
        metadata: { step: count++ },
      }));
      const [made] = await Promise.all([newCalls(fresh), client.ask(mergesBody(items))]);
      ids.unshift(...made);
      ids.length = KNOWN;
    },
    last: async () => (await newCalls(1))[0] ?? '',
  };
}

interface Page {
  calls: { nodes: { id: string }[]; pageInfo: { endCursor: string } };
}

const TICK = 100;

/** @param rate changes a second @returns how many were written, and in how many seconds */
export async function writeSteadily(writer: Writer, rate: number, seconds: number) {
  const began = performance.now();
  const running: Promise<void>[] = [];
  const ticks = (seconds * 1000) / TICK;
  for (let tick = 0; tick < ticks; tick += 1) {
    await sleep(Math.max(0, began + tick * TICK - performance.now()));
    running.push(writer.write((rate * TICK) / 1000));
  }
  await Promise.all(running);
  return { changes: ticks * ((rate * TICK) / 1000), seconds: (performance.now() - began) / 1000 };
}

/** As fast as the gateway takes them. */
export async function writeFast(writer: Writer, changes: number) {
  const began = performance.now();
  for (let written = 0; written < changes; written += 100) await writer.write(100);
  return { changes, seconds: (performance.now() - began) / 1000 };
}
