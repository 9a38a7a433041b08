import { sharedAccount } from '../db/connection/account.js';
import { SCOPES } from '../identity/identity.enums.js';
import type { Viewer } from '../identity/viewer.js';
import type { ConnectedAccount } from './vendor.js';

/** Acts for the account: its name stands in the history. */
export function connector({ organizationId, id, name }: ConnectedAccount): Viewer {
  return {
    organization: { id: organizationId, slug: '', name: '' },
    keyId: `vendor_account:${id}`,
    kind: 'APP',
    name,
    staffUid: null,
    scopes: [...SCOPES],
    vendorAccountId: id,
    account: sharedAccount(organizationId),
  };
}
