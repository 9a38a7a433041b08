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
const E164_OF_DIGITS = /^\+[1-9]\d{7,14}$/;

export const withPlus = (number: string): string => (DIGITS.test(number) ? `+${number}` : number);

export function spellingsOf(number: string): string[] {
  if (DIGITS.test(number)) return [number, `+${number}`];
  return E164_OF_DIGITS.test(number) ? [number, number.slice(1)] : [number];
}
