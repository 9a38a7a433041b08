import { spelling } from './spelling.js';

const WITHHELD: ReadonlySet<string> = new Set([
  '',
  'anonymous',
  'blocked',
  'nocallerid',
  'private',
  'restricted',
  'unavailable',
  'unknown',
  'withheld',
  // The same words on a phone keypad, as Twilio sends them.
  '266696687',
  '2562533',
  '7748283',
  '7378742833',
  '86282452253',
  '8656696',
  '94484353',
]);
/** RFC 3323 and 3325: SIP addresses of anonymous callers. */
const WITHHELD_ADDRESS = /^(?:sips?:)?(?:anonymous|restricted|unavailable|unknown)@|@anonymous\.invalid$/;

export function isWithheld(number: string): boolean {
  const text = number.trim().toLowerCase();
  return WITHHELD.has(spelling(text).replace(/^\+(?=\d)/, '')) || WITHHELD_ADDRESS.test(text);
}

const DIGITS = /^[1-9]\d{7,14}$/;

export const withPlus = (number: string): string => (DIGITS.test(number) ? `+${number}` : number);

const E164 = /^\+[1-9]\d{1,14}$/;
/** What Postgres takes for a space, and what people write between digits. */
const SEPARATORS = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000().\-/]/g;
const INTERNATIONAL = /^00([1-9]\d{1,14})$/;
/** Longer ones are no numbers, and an index holds only their beginning. */
const LONGEST = 40;
const BEGINNING = 256;

/** Must agree with the SQL function comparable_number. */
export function comparableNumber(address: string): string {
  const characters = [...address];
  if (E164.test(address)) return address;
  if (characters.length > LONGEST) return characters.slice(0, BEGINNING).join('');
  if (DIGITS.test(address)) return `+${address}`;
  const bare = withoutSeparators(address);
  if (E164.test(bare)) return bare;
  const [, digits] = INTERNATIONAL.exec(bare) ?? [];
  return digits === undefined ? address : `+${digits}`;
}

export const withoutSeparators = (address: string): string =>
  address.replace(/^tel:/i, '').replace(SEPARATORS, '');

/** Of a number of any country, written in any way; null for what is no number. Must agree with the SQL function search_digits. */
export function searchDigits(address: string): string | null {
  return /^\+?(\d+)$/.exec(withoutSeparators(comparableNumber(address)))?.[1] ?? null;
}
