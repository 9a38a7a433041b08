import { fromString, toUUID } from 'typeid-js';

/** As the API writes an organization's id; no slug has an underscore. */
const ID = /^organization_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The uuid in an organization's id, or null where the name is a slug. */
export function uuidInName(name: string): string | null {
  return ID.test(name) ? toUUID(fromString(name, 'organization')) : null;
}
