import { rowLoader } from '../../db/loading/batch.js';
import type { VendorAccountQueries } from './vendor-account.queries.js';

export function vendorAccountLoaders(queries: VendorAccountQueries) {
  return {
    vendorAccountById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (account) => account.id,
    ),
    backlogByAccountId: rowLoader(
      (organization, keys) => queries.backlogs.execute({ organization, keys }),
      (backlog) => backlog.accountId,
    ),
  };
}
