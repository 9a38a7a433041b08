import { uuidOfSuffix } from '../ids.js';

/** What an id can name; the prefix of its TypeID. */
export const ID_TYPES = [
  'organization',
  'call',
  'voice_call',
  'call_flow',
  'call_flow_command',
  'call_event',
  'call_group',
  'call_change',
  'match_rule',
  'api_key',
] as const;
export type IdType = (typeof ID_TYPES)[number];

const PATTERN = new RegExp(`^(${ID_TYPES.join('|')})_(\\w{26})$`);

/** TypeID's alphabet (Crockford's base 32), two characters for every ten bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PAIRS = Array.from({ length: 1024 }, (_, bits) => `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`);
/** What a hexadecimal digit is worth, by its character code. */
const WORTH = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16));
/** Where a uuid's digits stand behind the first two: each five of them are twenty bits, which are two pairs. */
const DIGITS = [...Array(36).keys()].filter((at) => at > 1 && ![8, 13, 18, 23].includes(at));

/**
 * The id that clients see: encodeId('call', '01890d6c-…') is 'call_01h46p…'. By tables, for a page of calls has hundreds
 * of ids; typeid-js, which writes the same, takes thrice as long.
 */
export function encodeId(type: IdType, uuid: string): string {
  const digit = (at = 0) => WORTH[uuid.charCodeAt(at)] ?? 0;
  let id = `${type}_${PAIRS[(digit(0) << 4) | digit(1)]}`;
  for (let first = 0; first < DIGITS.length; first += 5) {
    let bits = 0;
    for (let at = first; at < first + 5; at += 1) bits = (bits << 4) | digit(DIGITS[at]);
    id += `${PAIRS[bits >> 10]}${PAIRS[bits & 1023]}`;
  }
  return id;
}

/** What a client's id names, or null when it is no TypeID of a known type exactly as encodeId writes it. */
export function decodeId(text: string): { type: IdType; uuid: string } | null {
  const [, type, suffix = ''] = PATTERN.exec(text) ?? [];
  const uuid = uuidOfSuffix(suffix);
  return uuid === null ? null : { type: type as IdType, uuid };
}

/** The uuid of an id of this one type, or null. */
export function uuidOf(type: IdType, text: string): string | null {
  const id = decodeId(text);
  return id?.type === type ? id.uuid : null;
}
