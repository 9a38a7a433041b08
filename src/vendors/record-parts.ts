import { isUtf8 } from 'node:buffer';
import { isObject } from '../foundation/json-object.js';
import { memberOf, textOf } from './delivery-parts.js';

/** Parts of vendors' records. What is not there, or has another form, is undefined. */

const TEXT = 4_096;
const REFERENCE = 500;
/** As in names that clients give. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MOST_SECONDS = 2_147_483_647;

/** The body of a message as JSON; undefined if it is none. */
export function jsonOf(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString().replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** Postgres stores neither NUL nor half of a surrogate pair. */
export const storable = (text: string): string => text.replaceAll('\0', '').replaceAll(/\p{Cs}/gu, '�');

export const cut = (text: string, most: number): string =>
  text.length <= most ? text : [...text.slice(0, 2 * most)].slice(0, most).join('');

export function textIn(record: unknown, name: string): string | undefined {
  const value = memberOf(record, name);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cut(storable(value), TEXT);
  return text === '' ? undefined : text;
}

/** What no URL can carry: it would lead elsewhere. */
const NO_IDS = ['', '.', '..'];

/** Of a reference's value; in another form, such as a rounded number, it would be another one. */
export function idIn(record: unknown, name: string): string | undefined {
  const value = memberOf(record, name);
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return undefined;
  const id = String(value).trim();
  return NO_IDS.includes(id) || [...id].length > REFERENCE || INVISIBLE.test(id) ? undefined : id;
}

/** A phone number; empty if it is withheld. */
export function numberIn(record: unknown, name: string): string | undefined {
  return memberOf(record, name) === '' ? '' : textIn(record, name);
}

export function secondsIn(record: unknown, name: string, unit = 1): number | undefined {
  const value = Number(textOf(memberOf(record, name)) ?? Number.NaN);
  const seconds = Math.round(value / unit);
  return seconds >= 0 && seconds <= MOST_SECONDS ? seconds : undefined;
}

export function integerIn(record: unknown, name: string): number | undefined {
  const value = memberOf(record, name);
  return Number.isInteger(value) && Math.abs(value as number) <= MOST_SECONDS ? (value as number) : undefined;
}

export function flagIn(record: unknown, name: string): boolean | undefined {
  const value = memberOf(record, name);
  return typeof value === 'boolean' ? value : undefined;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Without an offset it is of UTC. */
export function instantIn(record: unknown, name: string): Date | undefined {
  const value = memberOf(record, name);
  const text = typeof value === 'string' ? value.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T') : '';
  const [whole, offset] = ISO.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const time = new Date(offset === undefined ? `${whole}Z` : whole);
  const year = time.getUTCFullYear();
  // Postgres has no year 0, and takes no more than four digits here.
  return year >= 1 && year <= 9_999 ? time : undefined;
}

/** A decimal string, as the shortest one that is the same number. */
export function decimalIn(record: unknown, name: string): string | undefined {
  const value = memberOf(record, name);
  const text = typeof value === 'number' ? withoutExponent(value) : (textOf(value) ?? '');
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(text) ? text : undefined;
}

const withoutExponent = (value: number) =>
  String(value).includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : String(value);

export function objectIn(record: unknown, name: string): Record<string, unknown> | undefined {
  const value = memberOf(record, name);
  return isObject(value) ? value : undefined;
}

export function listIn(record: unknown, name: string): readonly unknown[] {
  const value = memberOf(record, name);
  return Array.isArray(value) ? value : [];
}

const TAGS = 50;

export function tagsIn(record: unknown, name: string): string[] | undefined {
  if (!Array.isArray(memberOf(record, name))) return undefined;
  const texts = listIn(record, name).flatMap((tag) => (typeof tag === 'string' ? [storable(tag)] : []));
  return [...new Set(texts)].filter((tag) => tag !== '' && [...tag].length <= TAGS).slice(0, TAGS);
}

/** As METADATA_MAX_DEPTH by default. */
const DEEPEST = 32;

/** JSON that Postgres can store: what lies deeper than 32 levels is null. */
export function storableJson(value: unknown, depth = 1): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return null;
  if (Array.isArray(value)) return value.map((item) => storableJson(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storable(key), storableJson(item, depth + 1)]),
  );
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the members that are undefined. */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** An object of the members that are there; undefined if none is. */
export function some<T extends object>(values: T): Defined<T> | undefined {
  const present = defined(values);
  return Object.keys(present).length === 0 ? undefined : present;
}
