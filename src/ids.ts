import { fromString, toUUID } from 'typeid-js';

/**
 * The 26 characters of a TypeID behind its prefix: 128 bits in Crockford's base 32. The 11th holds the version of the uuid
 * and the 14th its variant, and not every one exists (RFC 9562, section 4); of nil and max all bits are the same.
 */
const SUFFIX = /^(?:[0-7]\w{9}[2-9a-h]\w\w[89abrstv]\w{12}|0{26}|7z{25})$/;
const CHARACTERS = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** The uuid that the suffix of a TypeID stands for, or null where it stands for none. */
export function uuidOfSuffix(suffix: string): string | null {
  return CHARACTERS.test(suffix) && SUFFIX.test(suffix) ? toUUID(fromString(`id_${suffix}`)) : null;
}
