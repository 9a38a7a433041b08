import { isDatabaseAway } from '../db/unavailable.js';
import type { AnonymousContext, Context } from '../graphql/context.js';
import { databaseAway } from '../graphql/errors.js';
import type { IdentityService } from '../identity/identity.service.js';
import { tokenOf } from '../identity/token.js';
import type { Viewer } from '../identity/viewer.js';

/** What a request with this Authorization header works with. @throws SERVICE_UNAVAILABLE when nobody can say whose it is */
export type ContextOf = (authorization: string | undefined) => Promise<Context | AnonymousContext>;

export function requestContexts(
  identity: IdentityService,
  contextOf: (viewer: Viewer) => Context,
): ContextOf {
  return async (authorization) => {
    const token = tokenOf(authorization);
    if (token === null) return { viewer: null };
    try {
      const viewer = await identity.viewerOf(token);
      return viewer === null ? { viewer } : contextOf(viewer);
    } catch (error) {
      throw isDatabaseAway(error) ? databaseAway() : error;
    }
  };
}
