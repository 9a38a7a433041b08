import { canonicalKey } from './canonical-key.js';
import { afterThisTurn } from './turn.js';

/** Reads the values of an organization's keys; a key without one is not in the map. */
export type KeyedRead<Value> = (
  owner: string,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

interface Gathering<Value> {
  keys: Set<string>;
  values: Promise<ReadonlyMap<string, Value>>;
}

/** Keys of one statement, unless one request alone asks for more. */
const MOST_KEYS = 1_000;

/**
 * One read for all requests of an organization that ask in the same turn of the event loop: under load it saves most of
 * the statements. Nothing is kept: the statement begins when all that it answers has been asked for, so that nobody is
 * shown what is older than his question. What it reads is shared: nobody changes it.
 */
export function sharedRead<Value>(read: KeyedRead<Value>): KeyedRead<Value> {
  const gathered = new Map<string, Gathering<Value>>();

  const begin = (owner: string): Gathering<Value> => {
    const keys = new Set<string>();
    const values = endOfTurn().then(() => {
      if (gathered.get(owner) === gathering) gathered.delete(owner);
      return read(owner, [...keys]);
    });
    const gathering = { keys, values };
    gathered.set(owner, gathering);
    return gathering;
  };

  return (owner, keys) => {
    const open = gathered.get(owner);
    const gathering = open === undefined || open.keys.size + keys.length > MOST_KEYS ? begin(owner) : open;
    for (const key of keys) gathering.keys.add(key);
    return gathering.values;
  };
}

/**
 * The same for whole questions: those that are equal, and come in the same turn, are one. `means` is the same for equal
 * questions.
 */
export function sharedQuestion<Question, Means extends unknown[], Answer>(
  ask: (organization: string, question: Question, ...means: Means) => Promise<Answer>,
): (organization: string, question: Question, ...means: Means) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  return (organization, question, ...means) => {
    const key = canonicalKey([organization, question]);
    let answer = asked.get(key);
    if (answer === undefined) {
      answer = endOfTurn().then(() => {
        asked.delete(key);
        return ask(organization, question, ...means);
      });
      asked.set(key, answer);
    }
    return answer;
  };
}

const endOfTurn = () => new Promise<void>(afterThisTurn);
