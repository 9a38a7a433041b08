import { onTestFinished, vi } from 'vitest';
import type {
  LiveClient,
  LiveError,
  LiveOptions,
  LiveRequest,
  LiveResult,
} from '../../../packages/client/src/live/live-client.js';
import { openLive } from '../open-live.js';

export interface Followed {
  live: LiveClient;
  results: LiveResult[];
  /** The first field of each result. */
  changes(): Record<string, unknown>[];
  cursors(): unknown[];
  /** 'complete', or the error. */
  end: 'complete' | LiveError | null;
  until(count: number): Promise<void>;
  ended(): Promise<Followed['end']>;
  stop(): void;
}

export const CHANGES = `subscription ($after: String) { callsChanged(after: $after) { cursor kind } }`;

export function followed(options: LiveOptions, request: LiveRequest = { query: CHANGES }, live?: LiveClient) {
  const client = live ?? openLive(options);
  if (live === undefined) onTestFinished(() => client.dispose());
  const patience = { timeout: 60_000, interval: 2 };
  const follower: Followed = {
    live: client,
    results: [],
    changes: () =>
      follower.results.flatMap(({ data }) => Object.values(data ?? {}) as Record<string, unknown>[]),
    cursors: () => follower.changes().map(({ cursor }) => cursor),
    end: null,
    until: (count) =>
      vi.waitFor(() => {
        if (follower.end !== null && follower.results.length < count) return Promise.reject(follower.end);
        if (follower.results.length < count) throw new Error(`${follower.results.length} of ${count}`);
      }, patience),
    ended: () =>
      vi.waitFor(() => {
        if (follower.end === null) throw new Error('it has not ended');
        return follower.end;
      }, patience),
    stop: () => {},
  };
  follower.stop = client.subscribe(request, {
    next: (result) => void follower.results.push(result),
    error: (error) => {
      follower.end = error;
    },
    complete: () => {
      follower.end = 'complete';
    },
  });
  return follower;
}
