import { canonicalKey } from '../../foundation/canonical-key.js';
import { afterThisTurn } from '../../foundation/turn.js';
import { isDatabaseAway } from '../../foundation/unavailable.js';
import { type Account, chargedTo, pauseFor, SHARED } from '../connection/account.js';

/** A key without a value is not in the map. */
export type KeyedRead<Value> = (
  organizationId: string,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

/** A null account is the gateway's own, before it knows the organization. */
export type SharedRead<Value> = (
  account: Account | null,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, Value>>;

interface SharedAnswer<Answer> {
  account: Account | null;
  size: number;
  answer: Promise<Answer>;
}

interface Gathering<Value> extends SharedAnswer<ReadonlyMap<string, Value>> {
  keys: Set<string>;
}

const MAX_KEYS = 1_000;

/**
 * One statement for all requests of an organization in the same turn of the event loop. It starts after the last
 * request has joined, so none sees older data. Do not change the result. Each request is charged its share of the
 * bytes; if the whole is too large, each reads on its own.
 *
 * `oneAfterAnother` is for a connection that all share: there a statement would wait for the one before it in any case, so
 * it waits here, where more requests join it. If the one before it found no database, it fails as well.
 */
export function sharedRead<Value>(
  read: KeyedRead<Value>,
  { oneAfterAnother = false } = {},
): SharedRead<Value> {
  const gathered = new Map<string, Gathering<Value>>();
  const running = new Map<string, Promise<void>>();

  const note = (place: string, answer: Promise<unknown>) => {
    const over = answer.then(
      () => {},
      (error: unknown) => {
        if (isDatabaseAway(error)) throw error;
      },
    );
    running.set(place, over);
    const forget = () => void (running.get(place) === over && running.delete(place));
    over.then(forget, forget);
  };

  const begin = (place: string, organizationId: string, account: Account | null): Gathering<Value> => {
    const keys = new Set<string>();
    const close = () => {
      if (gathered.get(place) === gathering) gathered.delete(place);
    };
    const start = () => {
      close();
      return chargedTo(gathering.account, () => read(organizationId, [...keys]));
    };
    const answer = (running.get(place) ?? endOfTurn()).then(start, (error) => {
      close();
      throw error;
    });
    const gathering: Gathering<Value> = { account, size: 0, keys, answer };
    gathered.set(place, gathering);
    if (oneAfterAnother) note(place, answer);
    return gathering;
  };

  return (account, keys) => {
    const organizationId = account?.organization ?? '';
    const place = sourced(account, organizationId);
    const open = gathered.get(place);
    const isFull = open === undefined || open.keys.size + keys.length > MAX_KEYS;
    const gathering = isFull ? begin(place, organizationId, account) : open;
    gathering.account = commonAccount(gathering.account, account);
    gathering.size += keys.length;
    for (const key of keys) gathering.keys.add(key);
    return shareOf(gathering, account, keys.length, () => read(organizationId, keys));
  };
}

/** Only what reads from the same server is shared: the primary may be further. */
function sourced(account: Account | null, question: string): string {
  const source = account?.reading?.source ?? null;
  return source === null ? question : `${source} ${question}`;
}

function commonAccount<A extends Account | null>(one: A, other: A): A | Account {
  if (one === other || one === null || other === null) return one;
  const common = one.shared(one.key === other.key ? one.key : SHARED);
  if (one.reading !== null && other.reading !== null) common.reading = one.reading.with(other.reading);
  return common;
}

async function shareOf<Answer>(
  shared: SharedAnswer<Answer>,
  account: Account | null,
  size: number,
  alone: () => Promise<Answer>,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await shared.answer;
  } catch (error) {
    const isTooLarge = shared.account !== account && (shared.account?.refusal ?? null) !== null;
    if (!isTooLarge) throw error;
    return chargedTo(account, alone);
  } finally {
    if (shared.account !== account) shared.account?.release();
  }
  if (account === null || shared.account === null || shared.account === account) return answer;
  const refusal = account.read(Math.ceil((shared.account.arrived * size) / shared.size));
  if (refusal !== null) throw refusal;
  const paused = pauseFor(account);
  if (paused !== undefined) await paused;
  return answer;
}

/** Equal questions must have the same `dependencies`. */
export function sharedQuestion<Question, Dependencies extends unknown[], Answer>(
  ask: (organization: string, question: Question, ...dependencies: Dependencies) => Promise<Answer>,
): (account: Account, question: Question, ...dependencies: Dependencies) => Promise<Answer> {
  const gathered = new Map<string, SharedAnswer<Answer>>();
  return (account, question, ...dependencies) => {
    const { organization } = account;
    const key = sourced(account, canonicalKey([organization, question]));
    const askAlone = () => ask(organization, question, ...dependencies);
    let shared = gathered.get(key);
    if (shared === undefined) {
      const answer = endOfTurn().then(() => {
        gathered.delete(key);
        return chargedTo(created.account, askAlone);
      });
      const created: SharedAnswer<Answer> = { account, size: 0, answer };
      gathered.set(key, created);
      shared = created;
    }
    shared.account = commonAccount(shared.account, account);
    shared.size += 1;
    return shareOf(shared, account, 1, askAlone);
  };
}

const endOfTurn = () => new Promise<void>(afterThisTurn);
