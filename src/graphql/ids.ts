import { fromUUID, toUUID } from 'typeid-js';

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

const PATTERN = new RegExp(`^(${ID_TYPES.join('|')})_[0-7][0-9a-hjkmnp-tv-z]{25}$`);

/** The id that clients see: encodeId('call', '01890d6c-…') is 'call_01h46p…'. */
export function encodeId(type: IdType, uuid: string): string {
  return fromUUID(uuid, type);
}

/** What a client's id names, or null when it is no TypeID of a known type exactly as encodeId writes it. */
export function decodeId(text: string): { type: IdType; uuid: string } | null {
  const type = PATTERN.exec(text)?.[1] as IdType | undefined;
  // The compiler does not know that a text which matches is a TypeID of its type.
  return type === undefined ? null : { type, uuid: toUUID(text as Parameters<typeof toUUID>[0]) };
}

/** The uuid of an id of this one type, or null. */
export function uuidOf(type: IdType, text: string): string | null {
  const id = decodeId(text);
  return id?.type === type ? id.uuid : null;
}
