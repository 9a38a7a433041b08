import { type Account, chargedTo, pauseOf, SHARED } from './account.js';
import { canonicalKey } from './canonical-key.js';
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

/** What several ask for at once. */
interface Common<Answer> {
  /** Of who asks alone, or of all together. */
  account: Account | null;
  /** How much is asked for, by all of them. */
  size: number;
  answer: Promise<Answer>;
}

interface Gathering<Value> extends Common<ReadonlyMap<string, Value>> {
  keys: Set<string>;
}

/** Keys of one statement, unless one request alone asks for more. */
const MOST_KEYS = 1_000;

/**
 * One read for all requests of an organization that ask in the same turn of the event loop: under load it saves most of
 * the statements. Nothing is kept: the statement begins when all that it answers has been asked for, so that nobody is
 * shown what is older than his question. What it reads is shared: nobody changes it. Each bears his part of the bytes; where
 * all of them are too many, each asks for himself.
 */
export function sharedRead<Value>(read: KeyedRead<Value>): SharedRead<Value> {
  const gathered = new Map<string, Gathering<Value>>();

  const begin = (owner: string, account: Account | null): Gathering<Value> => {
    const keys = new Set<string>();
    const answer = endOfTurn().then(() => {
      if (gathered.get(owner) === gathering) gathered.delete(owner);
      return chargedTo(gathering.account, () => read(owner, [...keys]));
    });
    const gathering: Gathering<Value> = { account, size: 0, keys, answer };
    gathered.set(owner, gathering);
    return gathering;
  };

  return (account, keys) => {
    const owner = account?.organization ?? '';
    const open = gathered.get(owner);
    const isFull = open === undefined || open.keys.size + keys.length > MOST_KEYS;
    const gathering = isFull ? begin(owner, account) : open;
    gathering.account = common(gathering.account, account);
    gathering.size += keys.length;
    for (const key of keys) gathering.keys.add(key);
    return partOf(gathering, account, keys.length, () => read(owner, keys));
  };
}

/** The account of a statement that both ask for: neither's own, and the key's where both have the same. */
function common<A extends Account | null>(one: A, other: A): A | Account {
  if (one === other || one === null || other === null) return one;
  return one.shared(one.key === other.key ? one.key : SHARED);
}

/** The common answer as one of those gets it who have asked. `alone` asks for his own part. */
async function partOf<Answer>(
  asked: Common<Answer>,
  account: Account | null,
  size: number,
  alone: () => Promise<Answer>,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await asked.answer;
  } catch (error) {
    const isTooMuch = asked.account !== account && (asked.account?.refusal ?? null) !== null;
    if (!isTooMuch) throw error;
    return chargedTo(account, alone);
  } finally {
    if (asked.account !== account) asked.account?.release();
  }
  if (account === null || asked.account === null || asked.account === account) return answer;
  const refusal = account.read(Math.ceil((asked.account.arrived * size) / asked.size));
  if (refusal !== null) throw refusal;
  // What each of them makes of it is a piece of work of its own.
  const paused = pauseOf(account);
  if (paused !== undefined) await paused;
  return answer;
}

/**
 * The same for whole questions: those that are equal, and come in the same turn, are one. `means` is the same for equal
 * questions.
 */
export function sharedQuestion<Question, Means extends unknown[], Answer>(
  ask: (organization: string, question: Question, ...means: Means) => Promise<Answer>,
): (account: Account, question: Question, ...means: Means) => Promise<Answer> {
  const gathered = new Map<string, Common<Answer>>();
  return (account, question, ...means) => {
    const { organization } = account;
    const key = canonicalKey([organization, question]);
    const askAlone = () => ask(organization, question, ...means);
    let asked = gathered.get(key);
    if (asked === undefined) {
      const answer = endOfTurn().then(() => {
        gathered.delete(key);
        return chargedTo(begun.account, askAlone);
      });
      const begun: Common<Answer> = { account, size: 0, answer };
      gathered.set(key, begun);
      asked = begun;
    }
    asked.account = common(asked.account, account);
    asked.size += 1;
    return partOf(asked, account, 1, askAlone);
  };
}

const endOfTurn = () => new Promise<void>(afterThisTurn);
