import { isDatabaseAway } from '../foundation/unavailable.js';
import type { AnonymousContext, Context } from '../graphql/context.js';
import { databaseAway, forbidden, unavailable } from '../graphql/errors.js';
import type { RequestRecord } from '../graphql/request-record.js';
import type { IdentityService } from '../identity/identity.service.js';
import { KeysUnavailable } from '../identity/key-set.js';
import { OrganizationSuspended } from '../identity/organization-suspended.js';
import type { Viewer } from '../identity/viewer.js';
import type { KnownClients } from './known-clients.js';
import type { Sender } from './sender.js';

/** @throws SERVICE_UNAVAILABLE when the token cannot be checked, FORBIDDEN of a suspended organization */
export type ContextOf = (
  sender: Sender,
  requestRecord?: RequestRecord,
) => Promise<Context | AnonymousContext>;

const KEYS_AWAY = 'The token cannot be checked at the moment; try again';

export function requestContexts(
  identity: IdentityService,
  clients: KnownClients,
  contextOf: (viewer: Viewer) => Context,
): ContextOf {
  return async (sender, requestRecord) => {
    const { token } = sender;
    if (token === null) return { viewer: null, requestRecord };
    try {
      const viewer = await identity.viewerOf(token.text, () => token.hash);
      clients.identify(sender, viewer);
      if (viewer === null) return { viewer, requestRecord };
      viewer.account.asker = requestRecord ?? null;
      if (requestRecord?.trace != null) viewer.trace = requestRecord.trace;
      const context = contextOf(viewer);
      const seen = context.consistency && sender.takeConsistency();
      if (seen) context.consistency?.require(seen);
      context.requestRecord = requestRecord;
      return context;
    } catch (error) {
      if (error instanceof OrganizationSuspended) throw forbidden(error);
      if (error instanceof KeysUnavailable) throw unavailable(KEYS_AWAY);
      throw isDatabaseAway(error) ? databaseAway() : error;
    }
  };
}
