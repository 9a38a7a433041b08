import { uuidOfSuffix } from '../foundation/ids.js';

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
  'vendor_account',
  'delivery',
  'inbound_message',
  'call_import',
  'call_recording',
  'call_transcript',
  'api_key',
  'person',
] as const;
export type IdType = (typeof ID_TYPES)[number];

const PATTERN = new RegExp(`^(${ID_TYPES.join('|')})_(\\w{26})$`);

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PAIRS = Array.from({ length: 1024 }, (_, bits) => `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`);
const WORTH = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16));
const DIGITS = [...Array(36).keys()].filter((at) => at > 1 && ![8, 13, 18, 23].includes(at));

/** encodeId('call', '01890d6c-…') is 'call_01h46p…'. The tables take a third of the time of typeid-js. */
export function encodeId(type: IdType, uuid: string): string {
  return `${type}_${suffixOf(uuid)}`;
}

/** Of the uuid that stands there in the text. */
export function suffixOf(text: string, start = 0): string {
  const digit = (at = 0) => WORTH[text.charCodeAt(start + at)] ?? 0;
  let id = `${PAIRS[(digit(0) << 4) | digit(1)]}`;
  for (let first = 0; first < DIGITS.length; first += 5) {
    let bits = 0;
    for (let at = first; at < first + 5; at += 1) bits = (bits << 4) | digit(DIGITS[at]);
    id += `${PAIRS[bits >> 10]}${PAIRS[bits & 1023]}`;
  }
  return id;
}

export function decodeId(text: string): { type: IdType; uuid: string } | null {
  const [, type, suffix = ''] = PATTERN.exec(text) ?? [];
  const uuid = uuidOfSuffix(suffix);
  return uuid === null ? null : { type: type as IdType, uuid };
}

export function uuidOf(type: IdType, text: string): string | null {
  const id = decodeId(text);
  return id?.type === type ? id.uuid : null;
}
