import { GraphQLError } from 'graphql';
import type { AuthCheckerFn } from 'type-graphql';
import { actorTypeOf } from '../identity/actor.js';
import { hasScope } from '../identity/scopes.js';
import type { Scope, Viewer } from '../identity/viewer.js';
import type { Context } from './context.js';
import { unauthenticated } from './sign-in.js';

/**
 * Guards the root fields: each needs a viewer, and each scope that its @Authorized names.
 * @throws UNAUTHENTICATED or FORBIDDEN, which names the missing scope
 */
export const authChecker: AuthCheckerFn<Partial<Context>, Scope> = ({ context }, scopes) => {
  const { viewer } = context;
  if (viewer == null) throw unauthenticated();
  for (const scope of scopes) demandScope(viewer, scope);
  return true;
};

/** @throws FORBIDDEN, which names the scope, where the viewer lacks it */
export function demandScope(viewer: Viewer, scope: Scope): void {
  if (hasScope(viewer, scope)) return;
  const holder = actorTypeOf(viewer) === 'API_KEY' ? 'API key' : 'token';
  throw new GraphQLError(`This ${holder} lacks the scope ${scope}.`, { extensions: { code: 'FORBIDDEN' } });
}
