import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CommitSignals } from '../../src/db/connection/commit-signals.js';
import { CommitNotifier } from '../../src/live/commit-notifier.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('commits that follow one another closely are notified twice: at once, and together soon after', () => {
  let commit = () => {};
  const notify = vi.fn(async () => {});
  const onCommit = (listener: () => void) => {
    commit = listener;
    return () => {};
  };
  const wake = vi.fn();
  const notifier = new CommitNotifier({ onCommit, notify } as unknown as CommitSignals, wake);
  for (let commits = 0; commits < 5; commits += 1) commit();
  expect([wake, notify].map(({ mock }) => mock.calls.length)).toEqual([5, 1]);
  vi.advanceTimersByTime(1_000);
  expect(notify).toHaveBeenCalledTimes(2);
  commit();
  expect(notify).toHaveBeenCalledTimes(3);
  notifier.close();
});
