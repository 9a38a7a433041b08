import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { LiveDependencies } from '../../src/live/audience.js';
import { BoundedSemaphore } from '../../src/live/bounded-semaphore.js';
import { type Charges, FREE } from '../../src/live/charges.js';
import type { ChangedDelivery } from '../../src/live/deliveries/delivery-changes.queries.js';
import { type DeliveryInterest, isDeliveryFound } from '../../src/live/deliveries/delivery-match.js';
import type { PolledFeeds } from '../../src/live/polled-feeds.js';
import { FoundRows } from '../../src/live/rows/found-rows.js';
import type { FoundRowsHandle, Subscriber } from '../../src/live/subscription-handle.js';

/** A subscriber that takes as many as it is allowed to. */
class Reader implements Subscriber {
  readonly received: string[] = [];
  readonly failures: unknown[] = [];
  room = 0;
  #whenRoom: (() => void)[] = [];

  send(frames: readonly { payload: Buffer }[]): number {
    const taken = frames.slice(0, this.room);
    this.room -= taken.length;
    this.received.push(...taken.map(({ payload }) => payload.toString()));
    return taken.length;
  }

  drained(): Promise<void> {
    return this.room > 0 ? Promise.resolve() : new Promise((resolve) => this.#whenRoom.push(resolve));
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }

  complete(): void {
    this.failures.push('complete');
  }

  read(count: number): void {
    this.room += count;
    for (const resolve of this.#whenRoom.splice(0)) resolve();
  }
}

const delivery = (id: number, attempts: number, state = 'RETRYING') =>
  ({ id: String(id), attempts, state, createdAt: new Date(), aliases: [] }) as unknown as ChangedDelivery;

function subscribed({
  charges = FREE,
  fault = async () => {},
}: {
  charges?: Charges;
  fault?: () => Promise<void>;
} = {}) {
  const reader = new Reader();
  const handle: FoundRowsHandle<ChangedDelivery, DeliveryInterest> = {
    organization: 'one',
    rows: 'deliveries',
    interest: { state: ['RETRYING'] },
    keyId: 'key',
    cost: 1,
    answer: async (rows) => {
      await fault();
      return rows.map(
        ({ id, attempts }) =>
          () =>
            Buffer.from(`${id}:${attempts}`),
      );
    },
  };
  const dependencies = {
    charges,
    semaphore: new BoundedSemaphore(8),
    failed: () => {},
  } as unknown as LiveDependencies;
  const feeds = { join: () => {}, leave: () => {} } as unknown as PolledFeeds<ChangedDelivery>;
  const source = { isFound: isDeliveryFound };
  return {
    reader,
    subscription: new FoundRows<ChangedDelivery, DeliveryInterest>(
      dependencies,
      feeds,
      source,
      handle,
      reader,
    ),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('while a subscriber is slow only the newest state of each delivery waits', async () => {
  const { reader, subscription } = subscribed();
  for (let attempts = 1; attempts <= 1_000; attempts += 1) {
    subscription.offer([delivery(1, attempts), delivery(2, attempts)]);
  }
  await settled();
  expect(reader.received).toEqual([]);
  reader.read(100);
  await settled();
  expect(reader.received.at(-2)).toBe('1:1000');
  expect(reader.received.at(-1)).toBe('2:1000');
  // What had been begun before is sent too.
  expect(reader.received.length).toBeLessThanOrEqual(4);
});

it('a delivery that the filter no longer finds is not sent', async () => {
  const { reader, subscription } = subscribed();
  subscription.offer([delivery(1, 1), delivery(2, 1)]);
  subscription.offer([delivery(1, 2, 'DELIVERED')]);
  reader.read(10);
  await settled();
  expect(reader.received).toEqual(['2:1']);
});

it('whatever the subscriber takes at a time, the last state of each is the last that it receives', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ id: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 7 }) }),
    ),
    { maxLength: 120 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (drawn) => {
      const { reader, subscription } = subscribed();
      const last = new Map<string, number>();
      let attempts = 0;
      for (const step of drawn) {
        if ('read' in step) reader.read(step.read);
        else {
          attempts += 1;
          last.set(String(step.id), attempts);
          subscription.offer([delivery(step.id, attempts)]);
        }
        if (attempts % 3 === 0) await settled();
      }
      reader.read(1_000);
      await vi.waitFor(() => {
        const received = new Map(reader.received.map((text) => text.split(':') as [string, string]));
        expect(new Map([...received].map(([id, text]) => [id, Number(text)]))).toEqual(last);
      });
      const order = new Map<string, number>();
      for (const [id, text] of reader.received.map((each) => each.split(':') as [string, string])) {
        expect(Number(text)).toBeGreaterThan(order.get(id) ?? 0);
        order.set(id, Number(text));
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 50) },
  );
});

it('is tried again while the database is away', async () => {
  let faults = 2;
  const { reader, subscription } = subscribed({
    fault: async () => {
      faults -= 1;
      if (faults >= 0) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    },
  });
  reader.read(10);
  subscription.offer([delivery(1, 1)]);
  await vi.waitFor(() => expect(reader.received).toEqual(['1:1']), { timeout: 10_000 });
  expect(reader.failures).toEqual([]);
});

it('ends with the error of a key that owes too much, and of an answer that cannot be sent', async () => {
  const owing = new Error('too much');
  const { reader, subscription } = subscribed({ charges: { take: () => owing, debt: () => 0 } });
  subscription.offer([delivery(1, 1)]);
  expect(reader.failures[0]).toBe(owing);
  const wrong = new Error('wrong');
  const other = subscribed({ fault: () => Promise.reject(wrong) });
  other.reader.read(1);
  other.subscription.offer([delivery(1, 1)]);
  await vi.waitFor(() => expect(other.reader.failures).toEqual([wrong]));
});
