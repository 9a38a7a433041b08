import { uuidOfSuffix } from '../ids.js';

/** How the API writes an organization's id; no slug has an underscore. */
const PREFIX = 'organization_';

/** The uuid in an organization's id, or null where the name is no id: then it is a slug, or nobody's. */
export function uuidInName(name: string): string | null {
  return name.startsWith(PREFIX) ? uuidOfSuffix(name.slice(PREFIX.length)) : null;
}
