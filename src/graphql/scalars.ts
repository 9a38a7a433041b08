import { isWithheld, withPlus } from '../foundation/phone-numbers.js';
import { quote } from './bad-input.js';
import { stringScalar } from './string-scalar.js';

const INSTANT =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
/** Postgres drops the sign, so each repeated write would look like a change. */
const MINUS_ZERO = /^-0(?:\.0+)?$/;
const DECIMAL_LENGTH = 100;
const E164 = /^\+[1-9]\d{1,14}$/;
const ANONYMOUS = 'anonymous';
const HTTP_URL = /^https?:\/\/[^/\\\s\p{Cc}\p{Cs}][^\s\p{Cc}\p{Cs}]*$/iu;
const URL_LENGTH = 4096;

function refuseInstant(value: string): never {
  throw new Error(
    `${quote(value)} is not a DateTime: expected ISO 8601 with an offset and an existing day, e.g. 2024-01-15T10:00:00.000Z.`,
  );
}

function parseInstant(value: string): Date {
  const match = INSTANT.exec(value);
  if (match === null) return refuseInstant(value);
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(3), part(4), part(5), part(6), part(7)];
  const milliseconds = Number((match[8] ?? '').slice(0, 3).padEnd(3, '0'));
  const [offsetHours, offsetMinutes] = [part(10), part(11)];
  const local = new Date(0);
  // Date.UTC maps the years 0 to 99 to 1900 to 1999.
  local.setUTCFullYear(year, month - 1, day);
  const dayExists = local.getUTCMonth() === month - 1 && local.getUTCDate() === day;
  const secondExists = second < 60 || (second === 60 && minute === 59);
  const timeExists = hour < 24 && minute < 60 && secondExists && offsetHours < 24 && offsetMinutes < 60;
  if (!dayExists || !timeExists) return refuseInstant(value);
  local.setUTCHours(hour, minute, second, milliseconds);
  const offset = (offsetHours * 60 + offsetMinutes) * (match[9] === '-' ? -1 : 1);
  const instant = new Date(local.getTime() - offset * 60_000);
  const utcYear = instant.getUTCFullYear();
  return year < 1 || utcYear < 1 || utcYear > 9999 ? refuseInstant(value) : instant;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Takes a third of the time of toISOString. */
function isoText(instant: Date): string {
  const year = instant.getUTCFullYear();
  if (!(year >= 1000 && year <= 9999)) return instant.toISOString();
  const day = `${TWO_DIGITS[instant.getUTCMonth() + 1]}-${TWO_DIGITS[instant.getUTCDate()]}`;
  const minute = `${TWO_DIGITS[instant.getUTCHours()]}:${TWO_DIGITS[instant.getUTCMinutes()]}`;
  const milliseconds = instant.getUTCMilliseconds();
  const fraction = `${Math.floor(milliseconds / 100)}${TWO_DIGITS[milliseconds % 100]}`;
  return `${year}-${day}T${minute}:${TWO_DIGITS[instant.getUTCSeconds()]}.${fraction}Z`;
}

export const DateTime = stringScalar<Date, string>({
  name: 'DateTime',
  description:
    'An instant. In: ISO 8601 with an offset (`Z`, `+02:00`, `+0200` or `+02`), any number of fraction digits, cut to milliseconds; ' +
    'also with slashes in the date, as Creovai writes it (`2018/10/15T09:00:00.000Z`), or a blank for the T. ' +
    'Out: UTC with milliseconds (`2024-01-15T10:00:00.000Z`). Years 0001 to 9999; a day that does not exist is refused.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  parse: parseInstant,
  serialize(value) {
    if (value instanceof Date) return isoText(value);
    throw new TypeError('DateTime serializes Date objects only.');
  },
});

export const Decimal = stringScalar<string, string>({
  name: 'Decimal',
  description:
    'An exact decimal number as a string, e.g. `"0.05"`; never a float. Plain notation: digits, with a minus sign and a ' +
    'fraction where needed, at most 100 characters; no exponent, no plus sign, no leading zeros. Minus zero is zero.',
  specifiedByURL: 'https://www.w3.org/TR/xmlschema11-2/#decimal',
  parse(value) {
    if (value.length <= DECIMAL_LENGTH && DECIMAL.test(value)) {
      return MINUS_ZERO.test(value) ? value.slice(1) : value;
    }
    throw new Error(`${quote(value)} is not a Decimal: expected a string in plain notation, e.g. "0.05".`);
  },
  serialize: String,
});

export const PhoneNumber = stringScalar<string, string>({
  name: 'PhoneNumber',
  description:
    'A phone number in E.164 form: a plus sign and 2 to 15 digits, e.g. `+14155550148`; also 8 to 15 digits without the plus, ' +
    'which is put before them. `anonymous` is a caller who withholds his; what vendors write for that (an empty text, ' +
    '`restricted`, `private`, `unknown`, `unavailable`, `withheld`, `+266696687` and its like) is read as `anonymous`.',
  specifiedByURL: 'https://www.itu.int/rec/T-REC-E.164',
  parse(value) {
    if (isWithheld(value)) return ANONYMOUS;
    const number = withPlus(value);
    if (E164.test(number)) return number;
    throw new Error(`${quote(value)} is not a PhoneNumber: expected E.164, e.g. +14155550148, or anonymous.`);
  },
  serialize: String,
});

/** Normalising would change what clients and vendors compare with. */
export const Url = stringScalar<string, string>({
  name: 'URL',
  description:
    'An absolute http or https URL, kept exactly as given; at most 4,096 characters. Any other scheme is refused.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  parse(value) {
    if (value.length <= URL_LENGTH && HTTP_URL.test(value) && URL.canParse(value)) return value;
    throw new Error(
      `${quote(value)} is not a URL: expected an absolute http(s) URL of at most ${URL_LENGTH} characters.`,
    );
  },
  serialize: String,
});
