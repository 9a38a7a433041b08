import type { UserErrorData } from '../foundation/refusal.js';
import { checkList, checkStrings } from './input-checks.js';

const LIST: [number, number] = [0, 100];

export function checkFilterList<Item>(
  list: Item[] | null | undefined,
  path: string[],
  checkItem: (item: Item, path: string[]) => UserErrorData[] = () => [],
): UserErrorData[] {
  return checkList(list, path, LIST, checkItem);
}

export function checkFilter(filter: object, path: string[]): UserErrorData[] {
  const lists = Object.entries(filter).filter(([, value]) => Array.isArray(value));
  const tooLong = lists.flatMap(([name, list]) => checkFilterList<unknown>(list, [...path, name]));
  return tooLong.length > 0 ? tooLong : checkStrings(filter, path);
}

export function withoutNullMembers<T extends object>(input: T): { [Key in keyof T]: Exclude<T[Key], null> } {
  const members = Object.entries(input).filter(([, value]) => value != null);
  return Object.fromEntries(members) as { [Key in keyof T]: Exclude<T[Key], null> };
}

export function withoutNullMembersIn<T extends object>(
  input: T | null | undefined,
): ReturnType<typeof withoutNullMembers<T>> | undefined {
  const members = withoutNullMembers(input ?? ({} as T));
  return Object.keys(members).length === 0 ? undefined : members;
}
