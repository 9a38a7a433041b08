import { type Account, runFor } from '../../db/connection/account.js';
import { bounded } from '../../db/lists/bounded.js';
import { filteredCountLoader, pageLoader, rowLoader } from '../../db/loading/batch.js';
import { type Page, type Slice, sliceOf } from '../../foundation/page.js';
import type {
  DeliveryOwner,
  DeliveryQueries,
  FilteredPage,
  LinkedDeliveryRow,
  ShownDelivery,
} from './delivery.queries.js';
import type { DeliveryFilter } from './delivery-filter.values.js';

export function deliveryLoaders(queries: DeliveryQueries) {
  const pages = (of: DeliveryOwner) =>
    pageLoader<FilteredPage, LinkedDeliveryRow>(
      (organization, owners, page) =>
        bounded(page.filter, () => queries.linkedPages(organization, of, owners, page)),
      (delivery) => delivery.owner,
    );
  const counts = (of: DeliveryOwner) =>
    filteredCountLoader<DeliveryFilter>((organization, owners, filter) =>
      queries.linkedCounts(organization, of, owners, filter),
    );
  return {
    deliveryById: rowLoader<ShownDelivery>(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (delivery) => delivery.id,
    ),
    deliveriesPage: (account: Account) => ({
      load: async (filter: DeliveryFilter, page: Page): Promise<Slice<ShownDelivery>> =>
        sliceOf(await runFor(account, () => queries.page(account.organization, filter, page)), page),
    }),
    deliveriesOfCallPage: pages('call'),
    deliveriesOfCallCount: counts('call'),
    deliveriesOfAccountPage: pages('account'),
    deliveriesOfAccountCount: counts('account'),
  };
}
