import type { LiveState } from '@switchboard/client';
import { useSyncExternalStore } from 'react';

/** Of the WebSocket that brings changes; `connected` until it is cut for the first time. */
let state: LiveState = { state: 'connected' };
const listeners = new Set<() => void>();

export function setLiveState(next: LiveState): void {
  if (next.state === 'connected' && state.state === 'waiting') note('caught up');
  state = next;
  for (const listener of listeners) listener();
}

/** What has happened to the connection, for a few seconds. */
export type ConnectionNote = 'caught up' | 'read anew';

/** Milliseconds. */
const NOTED_FOR = 6_000;
let noted: ConnectionNote | null = null;
let forgetting: ReturnType<typeof setTimeout> | undefined;

export function note(next: ConnectionNote | null): void {
  clearTimeout(forgetting);
  noted = next;
  if (next !== null) forgetting = setTimeout(() => note(null), NOTED_FOR);
  for (const listener of listeners) listener();
}

export const useLiveState = (): LiveState => useSyncExternalStore(subscribe, () => state);

export const useConnectionNote = (): ConnectionNote | null => useSyncExternalStore(subscribe, () => noted);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
