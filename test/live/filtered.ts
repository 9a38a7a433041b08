import { expect } from 'vitest';
import { type Filter, SEEN, type SeenCall } from '../calls/reference-filter.js';
import type { Client } from '../support/gateway.js';
import type { LiveClient } from './transports.js';

export interface Collected {
  filter: Filter | null;
  delivered: Delivered[];
  failures: unknown[];
  stop(): Promise<void>;
}

interface Delivered {
  id: string;
  matches: boolean;
  transition: string;
}

const UPDATES = `subscription ($filter: CallFilter, $after: String) {
  update: callUpdates(filter: $filter, after: $after) { change { id matches } transition }
}`;

export function collect(client: LiveClient, filter: Filter | null, after: string): Collected {
  const results = client.iterate({ query: UPDATES, variables: { filter, after } });
  const delivered: Collected['delivered'] = [];
  const failures: unknown[] = [];
  let stopped = false;
  const run = async () => {
    try {
      for await (const { data, errors } of results) {
        if (errors) failures.push(errors);
        else {
          const { update } = data as {
            update: { change: { id: string; matches: boolean }; transition: string };
          };
          delivered.push({ ...update.change, transition: update.transition });
        }
      }
      if (!stopped) failures.push('the subscription has completed');
    } catch (error) {
      if (!stopped) failures.push(error);
    }
  };
  void run();
  return {
    filter,
    delivered,
    failures,
    async stop() {
      stopped = true;
      await results.return?.();
    },
  };
}

export interface Snapshot {
  calls: SeenCall[];
  found: Set<string>[];
}

/** Reads all lists at once; nothing is written meanwhile. */
export async function snapshot(client: Client, filters: readonly (Filter | null)[]): Promise<Snapshot> {
  const variables = Object.fromEntries(filters.map((filter, index) => [`f${index}`, filter]));
  const declared = filters.map((_, index) => `$f${index}: CallFilter`).join(' ');
  const lists = filters.map((_, index) => `f${index}: calls(filter: $f${index}, first: 20) { nodes { id } }`);
  const data = await client.ask(
    `query (${declared}) { all: calls(first: 20) { nodes { ${SEEN} } } ${lists.join(' ')} }`,
    variables,
  );
  const ids = (index: number): string[] => data[`f${index}`].nodes.map(({ id }: { id: string }) => id);
  expect(data.all.nodes.length).toBeLessThan(20);
  return { calls: data.all.nodes, found: filters.map((_, index) => new Set(ids(index))) };
}

export interface Made {
  id: string;
  call: string;
  write: number;
  leaves: boolean;
}

/** Whether a change must, must not or may be delivered (the last is not observable), and with which `matches`. */
export interface Expected {
  id: string;
  delivered: 'must' | 'may' | 'never';
  matches: boolean;
  /** Null where it is not observable. */
  transition: 'ENTERED' | 'STILL' | 'LEFT' | null;
}

export function expectDelivered(collected: Collected, expected: readonly Expected[], when: string): void {
  expect(collected.failures).toEqual([]);
  const free = new Set(expected.filter((each) => each.delivered === 'may').map(({ id }) => id));
  const came = new Set(collected.delivered.map(({ id }) => id));
  const wanted = expected.filter(
    (each) =>
      each.delivered === 'must' || (each.delivered === 'may' && came.has(each.id) && free.has(each.id)),
  );
  expect(collected.delivered, `${when}: ${JSON.stringify(collected.filter)}`).toEqual(
    wanted.map(({ id, matches, transition }) => ({
      id,
      matches,
      transition: transition ?? expect.stringMatching(/^(ENTERED|STILL)$/),
    })),
  );
}
