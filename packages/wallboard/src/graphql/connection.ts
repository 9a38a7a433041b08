import type { LiveState } from '@switchboard/client';
import { useSyncExternalStore } from 'react';

/** Of the WebSocket that brings changes; `connected` until it is cut for the first time. */
let state: LiveState = { state: 'connected' };
const listeners = new Set<() => void>();

export function setLiveState(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}

export const useLiveState = (): LiveState =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
