import { databaseErrorCode } from '../../foundation/unavailable.js';
import { chargedTo, currentAccount, limitedTo, startNow } from '../connection/account.js';

/** Milliseconds. */
const LIST_WITHIN = 5_000;

const CANCELED = '57014';

export const isCanceled = (error: unknown): boolean => databaseErrorCode(error) === CANCELED;

/** Ranges of ids: every index of a list ends with them. */
const OF_IDS: ReadonlySet<string> = new Set(['createdAt', 'receivedAt']);

const namesIn = (filter: object): string[] =>
  Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : name));

export const isFiltered = (filter: object): boolean => namesIn(filter).length > 0;

/** Whether an index may serve them all; of several it serves one. */
export function isOneCondition(filter: object): boolean {
  const names = namesIn(filter).filter((name) => !OF_IDS.has(name));
  return names.length < 2 && !names.includes('and');
}

/** No index leads to the rows of a list, and the others are too many. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * For a list that Postgres may have to find row by row.
 * @param filter whose members the error names
 * @throws TookTooLong
 */
export async function bounded<T>(filter: object, begin: () => PromiseLike<T>): Promise<T> {
  try {
    return await chargedTo(limitedTo(currentAccount(), LIST_WITHIN), () => startNow(begin()));
  } catch (error) {
    if (!isCanceled(error)) throw error;
    throw new TookTooLong(messageOf(namesIn(filter)));
  }
}

function messageOf(names: string[]): string {
  const served =
    names.length === 0
      ? 'orderBy: no index serves this order'
      : `filter: no index serves ${names.join(' and ')}`;
  return `${served} here, and to look at all took longer than ${LIST_WITHIN / 1_000} s. Bound their time, or add a condition that few meet.`;
}
