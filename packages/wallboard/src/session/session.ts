import { useSyncExternalStore } from 'react';

const STORED_AS = 'switchboard.token';

/** The key or token that the page signs in with. It is kept for the browser tab's session only. */
let token: string | null = null;
const listeners = new Set<() => void>();

/** Takes the key from an address such as `/#key=sb_…`, and removes it from the address and the history. */
export function openSession({ location, history }: Window = window): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key !== null) {
    history.replaceState(history.state, '', `${location.pathname}${location.search}`);
    sessionStorage.setItem(STORED_AS, key);
  }
  token = sessionStorage.getItem(STORED_AS);
}

export function signIn(next: string): void {
  sessionStorage.setItem(STORED_AS, next);
  change(next);
}

export function signOut(): void {
  sessionStorage.removeItem(STORED_AS);
  change(null);
}

export const currentToken = (): string | null => token;

export const useToken = (): string | null => useSyncExternalStore(subscribe, currentToken);

function change(next: string | null): void {
  token = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
