import { type Account, chargedTo, newAccount, sharedAccount } from './account.js';
import { eventLoop } from './event-loop.js';
import { afterThisTurn } from './turn.js';

/** Reads the values of an organization's keys; a key without one is not in the map. */
export type KeyedRead<Value> = (
  owner: string,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

/** The same for who asks; null for the gateway itself, which asks before it knows for whom. */
export type SharedRead<Value> = (
  account: Account | null,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

interface Gathering<Value> {
  account: Account | null;
  keys: Set<string>;
  values: Promise<ReadonlyMap<string, Value>>;
}

/** Keys of one statement, unless one request alone asks for more. */
const MOST_KEYS = 1_000;

/**
 * One read for all requests of an organization that ask in the same turn of the event loop: under load it saves most of
 * the statements. Nothing is kept: the statement begins when all that it answers has been asked for, so that nobody is
 * shown what is older than his question. What it reads is shared: nobody changes it. It is charged to who asks alone, and
 * to the organization where several keys do.
 */
export function sharedRead<Value>(read: KeyedRead<Value>): SharedRead<Value> {
  const gathered = new Map<string, Gathering<Value>>();

  const begin = (owner: string, account: Account | null): Gathering<Value> => {
    const keys = new Set<string>();
    const values = endOfTurn().then(() => {
      if (gathered.get(owner) === gathering) gathered.delete(owner);
      return chargedTo(gathering.account, () => read(owner, [...keys]));
    });
    const gathering: Gathering<Value> = { account, keys, values };
    gathered.set(owner, gathering);
    return gathering;
  };

  return (account, keys) => {
    const owner = account?.organization ?? '';
    const open = gathered.get(owner);
    const isFull = open === undefined || open.keys.size + keys.length > MOST_KEYS;
    const gathering = isFull ? begin(owner, account) : open;
    gathering.account = common(gathering.account, account);
    for (const key of keys) gathering.keys.add(key);
    return account === null ? gathering.values : eventLoop.after(account.key, gathering.values);
  };
}

/** The account of a statement that both ask for: neither's own, and the key's where both have the same. */
function common<A extends Account | null>(one: A, other: A): A | Account {
  if (one === other || one === null || other === null) return one;
  const { organization, key } = other;
  return one.key === key ? newAccount(organization, key) : sharedAccount(organization);
}

interface Asking<Answer> {
  account: Account;
  answer: Promise<Answer>;
}

/**
 * The same for whole questions: those that are equal, and come in the same turn, are one. `means` is the same for equal
 * questions.
 */
export function sharedQuestion<Question, Means extends unknown[], Answer>(
  ask: (organization: string, question: Question, ...means: Means) => Promise<Answer>,
): (account: Account, question: Question, ...means: Means) => Promise<Answer> {
  const asked = new Map<string, Asking<Answer>>();
  return (account, question, ...means) => {
    const { organization } = account;
    const key = `${organization} ${JSON.stringify(question)}`;
    const open = asked.get(key);
    if (open !== undefined) {
      open.account = common(open.account, account);
      return eventLoop.after(account.key, open.answer);
    }
    const answer = endOfTurn().then(() => {
      asked.delete(key);
      return chargedTo(asking.account, () => ask(organization, question, ...means));
    });
    const asking: Asking<Answer> = { account, answer };
    asked.set(key, asking);
    return answer;
  };
}

const endOfTurn = () => new Promise<void>(afterThisTurn);
