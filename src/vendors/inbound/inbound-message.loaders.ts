import { type Account, runFor } from '../../db/connection/account.js';
import { rowLoader } from '../../db/loading/batch.js';
import { type Page, type Slice, sliceOf } from '../../foundation/page.js';
import type { InboundMessageQueries, ShownMessage } from './inbound-message.queries.js';
import type { InboundMessageFilter } from './inbound-message-filter.values.js';

export function inboundMessageLoaders(queries: InboundMessageQueries) {
  return {
    inboundMessageById: rowLoader<ShownMessage>(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (message) => message.id,
    ),
    bodyOfInboundMessage: rowLoader(
      (organization, keys) => queries.bodies.execute({ organization, keys }),
      (message) => message.id,
    ),
    inboundMessagesPage: (account: Account) => ({
      load: async (filter: InboundMessageFilter, page: Page): Promise<Slice<ShownMessage>> =>
        sliceOf(await runFor(account, () => queries.page(account.organization, filter, page)), page),
    }),
  };
}
