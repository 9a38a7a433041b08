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

const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const WORTH = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16));
export const UUID_LENGTH = 36;
const DIGITS = Uint8Array.from(
  [...Array(UUID_LENGTH).keys()].filter((at) => at > 1 && ![8, 13, 18, 23].includes(at)),
);
const scratch = Buffer.allocUnsafeSlow(UUID_LENGTH);

/** encodeId('call', '01890d6c-…') is 'call_01h46p…'. On bytes: a third of the time of typeid-js. */
export function encodeId(type: IdType, uuid: string): string {
  scratch.write(uuid, 'latin1');
  return `${type}_${scratch.toString('latin1', 0, writeSuffix(scratch, 0, 0))}`;
}

/** Of the uuid that stands at `from`, written to `to`, which may not be after `from`. Returns where it ends. */
export function writeSuffix(bytes: Buffer, from: number, to: number): number {
  const digit = (at: number) => WORTH[bytes[from + at] as number] as number;
  const character = (value: number) => ALPHABET[value & 31] as number;
  const byte = (digit(0) << 4) | digit(1);
  bytes[to++] = character(byte >> 5);
  bytes[to++] = character(byte);
  for (let first = 0; first < DIGITS.length; first += 5) {
    let bits = 0;
    for (let at = first; at < first + 5; at += 1) bits = (bits << 4) | digit(DIGITS[at] as number);
    bytes[to++] = character(bits >> 15);
    bytes[to++] = character(bits >> 10);
    bytes[to++] = character(bits >> 5);
    bytes[to++] = character(bits);
  }
  return to;
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
