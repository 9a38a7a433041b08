import { type Account, begunFor, chargedTo, currentAccount } from '../db/account.js';
import { countLoader, listLoader, mapLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Asked } from '../db/loader-set.js';
import { type Page, type Slice, sliceOf } from '../db/page.js';
import { type CallColumns, callColumns, onceByName, type ShownCall } from '../db/tables/call-columns.js';
import type { CallQueries } from './call.queries.js';
import type { CallPlace } from './call-filter.js';
import type { CallList } from './call-list.queries.js';
import type { ReferenceValue } from './call-target.js';
import type { CallLink, LinkedCallRow } from './linked-calls.queries.js';

/** Calls, references and groups. */
export function callLoaders(queries: CallQueries) {
  const byIds = onceByName(queries.byIds);
  const pages = (link: CallLink) =>
    byColumns((columns) =>
      pageLoader<Page, LinkedCallRow>(
        (organization, owners, page) => queries.linkedPages(organization, link, owners, page, columns),
        (call) => call.owner,
      ),
    );
  const counts = (link: CallLink) =>
    countLoader((organization, owners) => queries.linkedCounts(organization, link, owners));
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
    /** The record of the id itself, also one that was joined into another. */
    callRecordById: byColumns((columns) =>
      rowLoader(
        (organization, keys) => byIds(columns).execute({ organization, keys }),
        (call: ShownCall) => call.id,
      ),
    ),
    callByReference: (account: Account, asked: Asked) => ({
      load: async ({ system, name, value }: ReferenceValue): Promise<ShownCall | null> => {
        const statement = queries.byReference(callColumns(asked));
        const named = { organization: account.organization, system, name, value };
        const [call] = await begunFor(account, () => statement.execute(named));
        return call ?? null;
      },
    }),
    callsPage: (account: Account, asked: Asked) => ({
      load: async (list: CallList, page: Page<CallPlace>): Promise<Slice<ShownCall>> =>
        sliceOf(await queries.page(account, list, page, callColumns(asked)), page),
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
    callsOfEventPage: pages('event'),
    callsOfEventCount: counts('event'),
    callsOfRefusalPage: pages('refusal'),
    callsOfRefusalCount: counts('refusal'),
  };
}

/** A loader that reads the columns which the request asks for. */
function byColumns<L>(make: (columns: CallColumns) => (account: Account) => L) {
  const loaderOf = onceByName(make);
  return (account: Account, asked: Asked): L => loaderOf(callColumns(asked))(account);
}

/**
 * Calls by the ids that were asked for: the id of a record that was joined into another answers with that one. It is
 * read only where there is such a record, and again if it has been joined into a third meanwhile.
 */
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
