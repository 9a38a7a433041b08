import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../errors/fingerprint.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { attacks, bodyOf } from './attack-shapes.js';

declare module 'vitest' {
  interface TaskMeta {
    /** Milliseconds of CPU until the refusal, of client and gateway together: `--reporter=json` shows it. */
    cpu?: number;
  }
}

/** Milliseconds: four times what the most expensive takes in an otherwise idle process. */
const MOST_CPU = 200;
const MOST_DELAY = 400;
/** A garbage collection may fall into one, not into all. */
const TRIES = 15;

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  // Loading and compiling in the first requests is not part of an attack.
  for (let n = 0; n < 30; n += 1) await client.ask(`query q${n} { calls(first: 1) { nodes { id } } }`);
});
afterAll(() => gateway.close());

const ROUNDS = Array.from({ length: TRIES }, (_, n) => attacks(n).map(bodyOf));
const NAMES = attacks(0).map(({ name, code }, index) => ({ name, code, index }));

async function attack(body: string) {
  const before = process.cpuUsage();
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
    body,
  });
  const text = await response.text();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, text, status: response.status };
}

describe('is refused within 200 ms of CPU, without a read or write:', () => {
  it.for(NAMES)('$name', async ({ code, index }, { task }) => {
    const before = await fingerprint(gateway.database);
    let least = Number.POSITIVE_INFINITY;
    for (const round of ROUNDS) {
      gateway.takeStatements();
      const { cpu, text, status } = await attack(round[index] ?? '');
      const { errors, data } = JSON.parse(text);
      expect(errors[0].extensions.code).toBe(code);
      expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
      expect(status).toBe(data === undefined ? 400 : 200);
      expect(text.length).toBeLessThan(30_000);
      expect(gateway.takeStatements().filter((sql) => !sql.includes('api_keys'))).toEqual([]);
      least = Math.min(least, cpu);
      if (cpu < MOST_CPU) break;
    }
    task.meta.cpu = least;
    expect(least).toBeLessThan(MOST_CPU);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });
});

it("another client's queries continue meanwhile", async () => {
  const other = await gateway.client();
  let isOver = false;
  let answered = 0;
  const asking = (async () => {
    while (!isOver) {
      await other.ask('{ calls(first: 10) { nodes { id } } }');
      answered += 1;
    }
  })();
  const bodies = attacks(100).map(bodyOf);
  let most = Number.POSITIVE_INFINITY;
  for (let round = 0; round < TRIES && most >= MOST_DELAY; round += 1) {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (const body of bodies) await attack(body);
    delay.disable();
    most = delay.max / 1e6;
  }
  isOver = true;
  await asking;
  expect(most).toBeLessThan(MOST_DELAY);
  expect(answered).toBeGreaterThan(bodies.length / 4);
});

it('none of it was logged as a fault', () => {
  expect(gateway.log).toEqual([]);
});
