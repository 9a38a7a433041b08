import type { RefusalDetails, UserErrorCode, UserErrorData } from '../foundation/refusal.js';
import { quote } from './bad-input.js';
import { type IdType, uuidOf } from './ids.js';

/** Null and absent values pass every check but notNull: the schema says what is required. */
const TEXT_LENGTH = 4096;
const LONG_TEXTS: Readonly<Record<string, number>> = { callSummary: 65_536, summary: 65_536 };
const REPORTED = 20;
const LONE_SURROGATE = /\p{Cs}/u;

type Value<T> = T | null | undefined;

export function problem(
  path: string[],
  message: string,
  code: UserErrorCode = 'INVALID',
  details?: RefusalDetails,
): UserErrorData[] {
  return [{ code, message, path, ...(details && { details }) }];
}

export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'must not contain the character NUL (\\u0000)';
  return LONE_SURROGATE.test(text) ? 'must not contain a lone surrogate' : null;
}

function nameOf(path: string[]): string {
  const [list, name = list] = path.slice(-2);
  return name === undefined ? 'value' : /^\d+$/.test(name) ? `${list}.${name}` : name;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function longerThan(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || characters(text) > most);
}

export function checkStrings(value: unknown, path: string[]): UserErrorData[] {
  const errors: UserErrorData[] = [];
  addWrongStrings(value, [...path], errors);
  return errors;
}

function addWrongStrings(value: unknown, path: string[], errors: UserErrorData[]): void {
  if (typeof value === 'string') {
    const wrong = textProblem(value);
    const name = nameOf(path);
    if (wrong !== null) errors.push(...problem([...path], `${name} ${wrong}.`));
    else {
      const most = LONG_TEXTS[name] ?? TEXT_LENGTH;
      if (longerThan(value, most)) {
        errors.push(...problem([...path], `${name} may have at most ${most} characters.`));
      }
    }
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  for (const key of Object.keys(value)) {
    if (errors.length >= REPORTED) return;
    if (key === 'metadata') continue;
    path.push(key);
    addWrongStrings((value as Record<string, unknown>)[key], path, errors);
    path.pop();
  }
}

export function notNull(value: unknown, path: string[]): UserErrorData[] {
  return value === null
    ? problem(path, `${nameOf(path)} cannot be null: leave it out to keep its value.`)
    : [];
}

export function checkRange(
  value: Value<number>,
  path: string[],
  [least, most]: [number, number],
  unit = '',
): UserErrorData[] {
  if (value == null || (value >= least && value <= most)) return [];
  const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : `between ${least} and ${most}`;
  return problem(path, `${nameOf(path)} must be ${range}${unit === '' ? '' : ` ${unit}`}, not ${value}.`);
}

export function atLeast(least: number, value: Value<number>, path: string[], unit = ''): UserErrorData[] {
  return checkRange(value, path, [least, Number.POSITIVE_INFINITY], unit);
}

export function checkLength(
  value: Value<string>,
  path: string[],
  [least, most]: [number, number],
): UserErrorData[] {
  if (value == null) return [];
  const name = nameOf(path);
  if (least > 0 && value === '') return problem(path, `${name} must not be empty.`);
  return longerThan(value, most) ? problem(path, `${name} may have at most ${most} characters.`) : [];
}

export function notEmpty(value: Value<string>, path: string[]): UserErrorData[] {
  return checkLength(value, path, [1, TEXT_LENGTH]);
}

export function checkList<Item>(
  list: Value<Item[]>,
  path: string[],
  [least, most]: [number, number],
  checkItem: (item: Item, path: string[]) => UserErrorData[],
): UserErrorData[] {
  if (list == null) return [];
  if (list.length < least || list.length > most) {
    return problem(path, `${nameOf(path)} must have ${least} to ${most} items, not ${list.length}.`);
  }
  return list.flatMap((item, index) => checkItem(item, [...path, String(index)]));
}

export function checkId(type: IdType, id: string, path: string[]): UserErrorData[] {
  return uuidOf(type, id) === null
    ? problem(path, `${quote(id)} is not an id of a ${type.replaceAll('_', ' ')}.`)
    : [];
}
