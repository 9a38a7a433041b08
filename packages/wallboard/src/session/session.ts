import { useSyncExternalStore } from 'react';
import { forgetDrafts } from './drafts';

const STORED_AS = 'switchboard.session';

/** What the page signs in with. It is kept for the browser tab's session only. */
export interface Session {
  /** A key, or a token of the issuer. */
  token: string;
  /** Of tokens alone: when it ends, in milliseconds since 1970, and what the issuer gives a new one for. */
  expiresAt?: number;
  refreshToken?: string;
}

let session: Session | null = null;
/** The session as it began: a new token does not change it. */
let opened: Session | null = null;
let ended: string | null = null;
const listeners = new Set<() => void>();

/** Takes the key from an address such as `/#key=sb_…`, and removes it from the address and the history. */
export function openSession({ location, history }: Window = window): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key !== null) {
    history.replaceState(history.state, '', `${location.pathname}${location.search}`);
    // Another person's drafts are none of this one's.
    if (readStored()?.token !== key) forgetDrafts();
    store({ token: key });
  }
  change(readStored());
}

export function signIn(next: Session): void {
  store(next);
  ended = null;
  change(next);
}

/** @param why what the sign-in page says, if the session ended by itself */
export function signOut(why: string | null = null): void {
  sessionStorage.removeItem(STORED_AS);
  forgetDrafts();
  ended = why;
  change(null);
}

/** A new token for the session that is there: nothing that is open starts anew. */
export function renew(next: Session): void {
  store(next);
  session = next;
}

export const currentSession = (): Session | null => session;

/** Whether somebody is signed in; changes when somebody else is. */
export const useSession = (): Session | null => useSyncExternalStore(subscribe, () => opened);

export const endedBecause = (): string | null => ended;

const readStored = (): Session | null => JSON.parse(sessionStorage.getItem(STORED_AS) ?? 'null');

function store(next: Session): void {
  sessionStorage.setItem(STORED_AS, JSON.stringify(next));
}

function change(next: Session | null): void {
  session = next;
  opened = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
