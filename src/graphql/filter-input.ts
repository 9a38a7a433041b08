import type { UserErrorData } from '../refusal.js';
import { checkList, checkStrings } from './input-checks.js';

/** More values than these in one list of a filter are a mistake, or a load that nobody pays for. */
const LIST: [number, number] = [0, 100];

/** A list in a filter: at most 100 items. */
export function checkFilterList<Item>(
  list: Item[] | null | undefined,
  path: string[],
  checkItem: (item: Item, path: string[]) => UserErrorData[] = () => [],
): UserErrorData[] {
  return checkList(list, path, LIST, checkItem);
}

/** What holds for every filter: its texts can be stored, and its lists have at most 100 items. Metadata is passed over. */
export function checkFilter(filter: object, path: string[]): UserErrorData[] {
  const lists = Object.entries(filter).filter(([, value]) => Array.isArray(value));
  const tooLong = lists.flatMap(([name, list]) => checkFilterList<unknown>(list, [...path, name]));
  return tooLong.length > 0 ? tooLong : checkStrings(filter, path);
}

/** The members that are neither null nor absent: in a filter both mean no condition. */
export function given<T extends object>(input: T): { [Key in keyof T]: Exclude<T[Key], null> } {
  const members = Object.entries(input).filter(([, value]) => value != null);
  return Object.fromEntries(members) as { [Key in keyof T]: Exclude<T[Key], null> };
}

/** The same of a member that is an object itself; absent if nothing is left of it. */
export function givenIn<T extends object>(
  input: T | null | undefined,
): ReturnType<typeof given<T>> | undefined {
  const members = given(input ?? ({} as T));
  return Object.keys(members).length === 0 ? undefined : members;
}
