import { eventLoop } from '../../foundation/event-loop.js';

/** The operation that a statement is for, as the log and its span name it. */
export interface Asker {
  readonly operation: string | null;
  /** The W3C trace context of its request, if it is traced. */
  readonly trace: string | null;
}

/** Decides the order of statements in the queue, and how many bytes they may read. */
export interface Account {
  readonly organization: string;
  readonly key: string;
  readonly arrived: number;
  readonly refusal: Error | null;
  /** Null for the gateway's own work. What several operations read together has the first one's. */
  asker: Asker | null;
  /** A returned error ends the statement. */
  read(bytes: number): Error | null;
  hold(bytes: number): Error | null;
  release(): void;
  anew(): Account;
  shared(key: string): Account;
  /** Where statements read; null for the primary. */
  reading: Reading | null;
  /** Milliseconds for a statement, if it is less than any may take. */
  readonly limit: number | null;
}

/** From a replica, until one of its statements has to be repeated on the primary. */
export interface Reading {
  /** Equal for what is read from one server while it runs; null for the primary. */
  readonly source: string | null;
  /** For a statement whose answer both get. */
  with(other: Reading): Reading;
}

let current: Account | null = null;

/**
 * Charges the statements that `run` starts before its first await. An AsyncLocalStorage would slow down every promise.
 * @throws the account's refusal
 */
export function chargedTo<T>(account: Account | null, run: () => T): T {
  if (account !== null && account.refusal !== null) throw account.refusal;
  const before = current;
  current = account;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Drizzle sends a statement only when it is awaited, which is too late to charge it. */
export const startNow = <T>(statement: PromiseLike<T>): Promise<T> =>
  new Promise((resolve, reject) => void statement.then(resolve, reject));

const accountsOfTransactions = new WeakMap<object, Account>();

export function setAccount(tx: object, account: Account | null): void {
  if (account !== null) accountsOfTransactions.set(tx, account);
}

export async function mapFor<Item, Result>(
  tx: object,
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const { key = SHARED } = accountsOfTransactions.get(tx) ?? {};
  return key === SHARED ? items.map(work) : eventLoop.map(key, items, work);
}

export async function runFor<T>(account: Account | null, begin: () => PromiseLike<T>): Promise<T> {
  const paused = account === null ? undefined : pauseFor(account);
  if (paused !== undefined) await paused;
  return chargedTo(account, () => startNow(begin()));
}

export const pauseFor = ({ key }: Account): Promise<void> | undefined =>
  key === SHARED ? undefined : eventLoop.pause(key);

export const newAccount = (organization: string, key: string, asker: Asker | null = null): Account => ({
  organization,
  key,
  arrived: 0,
  refusal: null,
  asker,
  reading: null,
  limit: null,
  read: () => null,
  hold: () => null,
  release: () => {},
  anew: () => newAccount(organization, key, asker),
  shared: (sharedKey) => newAccount(organization, sharedKey, asker),
});

/** What it has read can be given back, for a statement that is repeated. */
export function repeatable(account: Account): { account: Account; giveBack(): void } {
  let given = 0;
  const repeated = forWrite(account);
  repeated.read = (bytes) => {
    given += bytes;
    return account.read(bytes);
  };
  return { account: repeated, giveBack: () => void account.read(-given) };
}

/** A single-statement write may commit before its answer has arrived, so it must not be cut off. */
export const forWrite = (account: Account): Account =>
  derived(account, {
    reading: null,
    read(bytes) {
      account.read(bytes);
      return null;
    },
  });

/** For a statement outside of a transaction, which the server then cancels. */
export const limitedTo = (account: Account | null, milliseconds: number): Account =>
  derived(account ?? newAccount('', SHARED), { limit: milliseconds });

function derived(account: Account, own: Partial<Pick<Account, 'reading' | 'limit' | 'read'>>): Account {
  return {
    organization: account.organization,
    key: account.key,
    asker: account.asker,
    get arrived() {
      return account.arrived;
    },
    get refusal() {
      return account.refusal;
    },
    reading: account.reading,
    limit: account.limit,
    read: (bytes) => account.read(bytes),
    hold: (bytes) => account.hold(bytes),
    release: () => account.release(),
    anew: () => account.anew(),
    shared: (key) => account.shared(key),
    ...own,
  };
}

export const SHARED = '';

export const sharedAccount = (organization: string): Account => newAccount(organization, SHARED);

export const currentAccount = (): Account | null => current;
