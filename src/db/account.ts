import { eventLoop } from './event-loop.js';

/** On whose behalf statements run: it decides their turn for a connection, and how many bytes they may read. */
export interface Account {
  readonly organization: string;
  /** The API key, or the person's token, that asked; statements that several share have the organization's own. */
  readonly key: string;
  /** Takes note of bytes as they arrive for a statement. An error that it answers with ends the statement. */
  read(bytes: number): Error | null;
}

/** The key of an organization's own account. */
const SHARED = '';

let current: Account | null = null;

/**
 * Runs something whose statements are charged to the account: those that it begins before it first waits. Prepared
 * statements belong to no request, and a context that follows every promise would slow all of them down.
 */
export function chargedTo<T>(account: Account | null, run: () => T): T {
  const before = current;
  current = account;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Begins a statement that Drizzle has only built: by itself it begins when it is waited for, which is too late to be charged. */
export const begun = <T>(statement: PromiseLike<T>): Promise<T> =>
  new Promise((resolve, reject) => void statement.then(resolve, reject));

/** Begins a statement or transaction when it is the account's turn, and charges it to the account. */
export function begunFor<T>(account: Account | null, begin: () => PromiseLike<T>): Promise<T> {
  const start = () => chargedTo(account, () => begun(begin()));
  const paused = account === null ? undefined : pauseOf(account);
  return paused === undefined ? start() : paused.then(start);
}

/** What to wait for before more is done for the account. What several share is short, and nobody can say whose it is. */
export const pauseOf = ({ key }: Account): Promise<void> | undefined =>
  key === SHARED ? undefined : eventLoop.pause(key);

/** The account of one request, or of one answer to a subscription. */
export const newAccount = (organization: string, key: string): Account => ({
  organization,
  key,
  read: () => null,
});

/** The account of something that an organization's requests or subscriptions share. */
export const sharedAccount = (organization: string): Account => newAccount(organization, SHARED);

/** The account of the statement that begins now; null for the gateway's own. */
export const currentAccount = (): Account | null => current;
