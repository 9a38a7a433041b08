import { fromString, toUUID } from 'typeid-js';

/** Crockford's base 32. The 11th character has the UUID's version and the 14th its variant (RFC 9562, section 4). */
const SUFFIX = /^(?:[0-7]\w{9}[2-9a-h]\w\w[89abrstv]\w{12}|0{26}|7z{25})$/;
const CHARACTERS = /^[0-9a-hjkmnp-tv-z]{26}$/;

export function uuidOfSuffix(suffix: string): string | null {
  return CHARACTERS.test(suffix) && SUFFIX.test(suffix) ? toUUID(fromString(`id_${suffix}`)) : null;
}
