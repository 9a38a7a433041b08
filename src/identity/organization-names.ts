import { uuidOfSuffix } from '../foundation/ids.js';

const PREFIX = 'organization_';

export function uuidInName(name: string): string | null {
  return name.startsWith(PREFIX) ? uuidOfSuffix(name.slice(PREFIX.length)) : null;
}
