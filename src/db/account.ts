import { eventLoop } from './event-loop.js';

/** On whose behalf statements run: it decides their turn for a connection, and how many bytes they may read. */
export interface Account {
  readonly organization: string;
  /** The API key, or the person's token, that asked; statements that several share have the organization's own. */
  readonly key: string;
  /** The bytes that have arrived for it. */
  readonly arrived: number;
  /** Why nothing more is read for it; null while it may go on. */
  readonly refusal: Error | null;
  /** Takes note of bytes as they arrive for a statement. An error that it answers with ends the statement. */
  read(bytes: number): Error | null;
  /** Takes note of memory that what was read is shown in. */
  hold(bytes: number): Error | null;
  /** Nothing of it is kept any more. */
  release(): void;
  /** Another one of this key, e.g. for one of many answers. */
  anew(): Account;
  /** One for what it asks for together with others: of a key, or of the whole organization. */
  shared(key: string): Account;
}

let current: Account | null = null;

/**
 * Runs something whose statements are charged to the account: those that it begins before it first waits. Prepared
 * statements belong to no request, and a context that follows every promise would slow all of them down.
 * @throws why the account may not read any more
 */
export function chargedTo<T>(account: Account | null, run: () => T): T {
  // What it asks for now would be cut off, with its connection, as soon as it came.
  if (account !== null && account.refusal !== null) throw account.refusal;
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

/** On whose behalf transactions run. */
const ofTransactions = new WeakMap<object, Account>();

export function noteAccount(tx: object, account: Account | null): void {
  if (account !== null) ofTransactions.set(tx, account);
}

/** Maps items for what a transaction writes, as many at a stretch as its account may work on. */
export async function mappedFor<Item, Result>(
  tx: object,
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const { key = SHARED } = ofTransactions.get(tx) ?? {};
  return key === SHARED ? items.map(work) : eventLoop.map(key, items, work);
}

/** Begins a statement or transaction when it is the account's turn, and charges it to the account. */
export async function begunFor<T>(account: Account | null, begin: () => PromiseLike<T>): Promise<T> {
  const paused = account === null ? undefined : pauseOf(account);
  if (paused !== undefined) await paused;
  return chargedTo(account, () => begun(begin()));
}

/** What to wait for before more is done for the account. What several share is short, and nobody can say whose it is. */
export const pauseOf = ({ key }: Account): Promise<void> | undefined =>
  key === SHARED ? undefined : eventLoop.pause(key);

/** An account that bears anything. */
export const newAccount = (organization: string, key: string): Account => ({
  organization,
  key,
  arrived: 0,
  refusal: null,
  read: () => null,
  hold: () => null,
  release: () => {},
  anew: () => newAccount(organization, key),
  shared: (common) => newAccount(organization, common),
});

/**
 * The account of a write that is one statement: it may be committed before all of its answer has come, and must not be
 * cut off then.
 */
export const ofWrite = (account: Account): Account => ({
  organization: account.organization,
  key: account.key,
  get arrived() {
    return account.arrived;
  },
  get refusal() {
    return account.refusal;
  },
  read(bytes) {
    account.read(bytes);
    return null;
  },
  hold: (bytes) => account.hold(bytes),
  release: () => account.release(),
  anew: () => account.anew(),
  shared: (key) => account.shared(key),
});

/** The key of an organization's own account. */
export const SHARED = '';

/** The account of something that an organization's requests or subscriptions share. */
export const sharedAccount = (organization: string): Account => newAccount(organization, SHARED);

/** The account of the statement that begins now; null for the gateway's own. */
export const currentAccount = (): Account | null => current;
