import type { Scope, Viewer } from './viewer.js';

/** Whether the viewer may do what the scope guards: ADMIN may do everything, and every scope includes CALLS_READ. */
export function hasScope(viewer: Pick<Viewer, 'scopes'>, scope: Scope): boolean {
  if (viewer.scopes.includes('ADMIN') || viewer.scopes.includes(scope)) return true;
  return scope === 'CALLS_READ' && viewer.scopes.length > 0;
}
