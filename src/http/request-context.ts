import { isDatabaseAway } from '../db/unavailable.js';
import type { AnonymousContext, Context } from '../graphql/context.js';
import { databaseAway, unavailable } from '../graphql/errors.js';
import type { Seen } from '../graphql/seen.js';
import type { IdentityService } from '../identity/identity.service.js';
import { KeysAway } from '../identity/key-set.js';
import { tokenOf } from '../identity/token.js';
import type { Viewer } from '../identity/viewer.js';
import type { Arrival, Askers } from './askers.js';

/** What a request with this Authorization header works with; `seen` is passed on, and who asks is noted of the arrival. @throws SERVICE_UNAVAILABLE when nobody can say whose it is */
export type ContextOf = (
  authorization: string | undefined,
  seen?: Seen,
  arrival?: Arrival,
) => Promise<Context | AnonymousContext>;

const KEYS_AWAY = 'The token cannot be checked at the moment; try again';

export function requestContexts(
  identity: IdentityService,
  askers: Askers,
  contextOf: (viewer: Viewer) => Context,
): ContextOf {
  return async (authorization, seen, arrival) => {
    const token = tokenOf(authorization);
    if (token === null) return { viewer: null, seen };
    try {
      const viewer = await identity.viewerOf(token);
      if (arrival !== undefined) askers.identify(arrival, viewer);
      if (viewer === null) return { viewer, seen };
      const context = contextOf(viewer);
      context.seen = seen;
      return context;
    } catch (error) {
      if (error instanceof KeysAway) throw unavailable(KEYS_AWAY);
      throw isDatabaseAway(error) ? databaseAway() : error;
    }
  };
}
