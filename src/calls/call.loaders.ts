import { type Account, chargedTo, currentAccount, runFor } from '../db/connection/account.js';
import { bounded } from '../db/lists/bounded.js';
import {
  countLoader,
  filteredCountLoader,
  listLoader,
  mapLoader,
  pageLoader,
  rowLoader,
} from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { onceFor } from '../db/loading/once-for.js';
import {
  type CallColumns,
  type CallObjects,
  callTextColumns,
  type ShownCall,
} from '../db/tables/call-columns.js';
import { type Page, type Slice, sliceOf } from '../foundation/page.js';
import type { CallQueries } from './call.queries.js';
import type { CallFilter, CallPosition } from './filter/call-filter.values.js';
import type { CallList } from './filter/call-list.queries.js';
import type { CallLink, FilteredCalls, FilteredLink, LinkedCallRow } from './linked-calls.queries.js';
import type { ReferenceValue } from './reference/call-target.values.js';

export function callLoaders(queries: CallQueries, objects: CallObjects) {
  const callColumns = callTextColumns(objects);
  const byColumns = <L>(make: (columns: CallColumns) => (account: Account) => L) => {
    const loaderOf = onceFor(make);
    return (account: Account, requestedFields: RequestedFields): L =>
      loaderOf(callColumns(requestedFields))(account);
  };
  const byIds = onceFor(queries.byIds);
  const pages = (link: CallLink) =>
    byColumns((columns) =>
      pageLoader<Page, LinkedCallRow>(
        (organization, owners, page) => queries.linkedPages(organization, link, owners, page, columns),
        (call) => call.owner,
      ),
    );
  const counts = (link: CallLink) =>
    countLoader((organization, owners) => queries.linkedCounts(organization, link, owners));
  const filteredPages = (link: FilteredLink) => {
    const loader = byColumns((columns) =>
      pageLoader<FilteredCalls, LinkedCallRow>(
        (organization, owners, list) =>
          bounded(list.filter, () => queries.filteredPages(organization, link, owners, list, columns)),
        (call) => call.owner,
      ),
    );
    return (account: Account, requestedFields: RequestedFields) =>
      loader(account, withoutShapes(requestedFields));
  };
  const filteredCounts = (link: FilteredLink) =>
    filteredCountLoader<CallFilter>((organization, owners, filter) =>
      queries.filteredCounts(organization, link, owners, filter),
    );
  return {
    callById: byColumns((columns) => {
      const statement = byIds(columns);
      return mapLoader((organization, ids) => {
        const account = currentAccount();
        const read = (keys: readonly string[]) =>
          chargedTo(account, () => statement.execute({ organization, keys }));
        return liveCalls(read, ids);
      });
    }),
    callRecordById: byColumns((columns) =>
      rowLoader(
        (organization, keys) => byIds(columns).execute({ organization, keys }),
        (call: ShownCall) => call.id,
      ),
    ),
    callByReference: (account: Account, requestedFields: RequestedFields) => ({
      load: async ({ system, name, value }: ReferenceValue): Promise<ShownCall | null> => {
        const statement = queries.byReference(callColumns(requestedFields));
        const named = { organization: account.organization, system, name, value };
        const [call] = await runFor(account, () => statement.execute(named));
        return call ?? null;
      },
    }),
    callsPage: (account: Account, requestedFields: RequestedFields) => ({
      load: async (list: CallList, page: Page<CallPosition>): Promise<Slice<ShownCall>> =>
        sliceOf(await queries.page(account, list, page, callColumns(shownIn(list, requestedFields))), page),
    }),
    referencesByCallId: listLoader(
      (organization, keys) => queries.referencesByCallIds.execute({ organization, keys }),
      (reference) => reference.callId,
    ),
    groupsByCallId: listLoader(
      (organization, keys) => queries.groupsByCallIds.execute({ organization, keys }),
      (group) => group.callId,
    ),
    groupById: rowLoader(
      (organization, keys) => queries.groupsByIds.execute({ organization, keys }),
      (group) => group.id,
    ),
    childrenPage: pages('children'),
    childrenCount: counts('children'),
    callsOfGroupPage: pages('group'),
    callsOfGroupCount: counts('group'),
    filteredChildrenPage: filteredPages('children'),
    filteredChildrenCount: filteredCounts('children'),
    filteredCallsOfGroupPage: filteredPages('group'),
    filteredCallsOfGroupCount: filteredCounts('group'),
    callsOfEventPage: pages('event'),
    callsOfEventCount: counts('event'),
    callsOfRefusalPage: pages('refusal'),
    callsOfRefusalCount: counts('refusal'),
  };
}

/** Cursors of another order hold the value that it goes by. */
const shownIn = ({ order }: CallList, requestedFields: RequestedFields) =>
  order.field === 'CREATED_AT' ? requestedFields : withoutShapes(requestedFields);

const withoutShapes = (requestedFields: RequestedFields): RequestedFields =>
  requestedFields && new Set(requestedFields);

/** Repeats if the call of a joined record was itself joined in the meantime. */
async function liveCalls(
  read: (ids: readonly string[]) => Promise<ShownCall[]>,
  ids: readonly string[],
): Promise<Map<string, ShownCall>> {
  const rows = await read(ids);
  const found = new Map(rows.map((call) => [call.id, call]));
  const joinedInto = new Set(rows.flatMap((call) => call.joinedInto ?? []));
  if (joinedInto.size === 0) return found;
  const live = await liveCalls(read, [...joinedInto]);
  for (const { id, joinedInto: into } of rows) {
    const call = into === null ? undefined : live.get(into);
    if (call !== undefined) found.set(id, call);
  }
  return found;
}
