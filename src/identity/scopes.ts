import type { Scope } from './identity.enums.js';
import type { Viewer } from './viewer.js';

export function hasScope(viewer: Pick<Viewer, 'scopes'>, scope: Scope): boolean {
  if (viewer.scopes.includes('ADMIN') || viewer.scopes.includes(scope)) return true;
  return scope === 'CALLS_READ' && viewer.scopes.length > 0;
}
