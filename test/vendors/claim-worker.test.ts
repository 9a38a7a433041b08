import { afterEach, expect, it, vi } from 'vitest';
import { type Attempt, ClaimWorker } from '../../src/vendors/claim-worker.service.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Claims one row, once. */
function work(attempt: (attempt: Attempt) => Promise<void>) {
  const rows = ['row'];
  const leases: number[] = [];
  const failed = vi.fn();
  const worker = new ClaimWorker<string>({
    database: null as never,
    wakesOnCommit: false,
    mostAtOnce: 1,
    sweepInterval: Number.POSITIVE_INFINITY,
    sweep: async () => {},
    claim: async (_, lease) => {
      leases.push(lease);
      return rows.splice(0);
    },
    attempt: (_, its) => attempt(its),
    failed,
  });
  worker.setNeeded(true);
  return { worker, failed, lease: () => 1_000 * (leases[0] ?? 0) };
}

it('a try ends before its lease does', async () => {
  vi.useFakeTimers();
  const begun = performance.now();
  let lasted = Number.POSITIVE_INFINITY;
  const { worker, lease } = work(
    ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          lasted = performance.now() - begun;
          resolve();
        });
      }),
  );
  await vi.advanceTimersByTimeAsync(600_000);
  expect(lasted).toBeLessThan(lease());
  expect(lease()).toBeLessThan(60_000);
  await worker.close();
});

it('what could not be settled is not settled after the lease', async () => {
  const now = performance.now.bind(performance);
  let passed = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  const settled = vi.fn();
  const { worker, failed, lease } = work(({ settle }) =>
    settle(async () => {
      settled();
      if (settled.mock.calls.length > 1) return;
      passed = lease();
      throw new Error('the database is away');
    }),
  );
  await vi.waitFor(() => expect(settled).toHaveBeenCalled());
  await worker.close();
  expect(failed).toHaveBeenCalledWith(new Error('the database is away'));
  expect(settled).toHaveBeenCalledTimes(1);
});
