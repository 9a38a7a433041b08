import { and, sql } from 'drizzle-orm';
import type { Account } from '../../db/connection/account.js';
import type { Db } from '../../db/database.js';
import { whole } from '../../db/lists/conditions.js';
import { listById } from '../../db/lists/list.js';
import { isAlone } from '../../db/lists/list-statement.js';
import { countOf } from '../../db/lists/totals.js';
import { listByValue, type Value } from '../../db/lists/value-list.js';
import { windowedListByValue } from '../../db/lists/windowed-value-list.js';
import { sharedQuestion } from '../../db/loading/shared-read.js';
import { ALL_COLUMNS, type CallColumns, type ShownCall } from '../../db/tables/call-columns.js';
import { calls, OCCURRED_AT } from '../../db/tables/calls.js';
import type { Page } from '../../foundation/page.js';
import { callConditions } from './call-filter.queries.js';
import type { CallFilter, CallOrder, CallPosition } from './call-filter.values.js';

export interface CallList {
  filter: CallFilter;
  order: CallOrder;
}

interface CallPage extends CallList {
  page: Page<CallPosition>;
  columns: string;
}

export const CALL_VALUES = {
  STARTED_AT: { of: calls.startedAt, name: sql`started_at`, nullable: true, followsCreation: true },
  UPDATED_AT: { of: calls.updatedAt, name: sql`updated_at`, nullable: false },
  DURATION: { of: calls.duration, name: sql`duration`, nullable: true },
  OCCURRED_AT: { of: OCCURRED_AT, name: OCCURRED_AT, nullable: false, followsCreation: true },
} satisfies Record<string, CallValue>;

interface CallValue extends Value {
  /** Whether calls that are near each other in this order were mostly made one after another. */
  followsCreation?: boolean;
}

export function callListQueries(db: Db) {
  const readPage = sharedQuestion((organizationId, question: CallPage, columns: CallColumns) =>
    listed(db, organizationId, question, columns),
  );
  return {
    page: (account: Account, list: CallList, page: Page<CallPosition>, columns = ALL_COLUMNS) =>
      readPage(account, { ...list, page, columns: columns.name }, columns),

    count: (organizationId: string, filter: CallFilter) =>
      countOf(db, calls, organizationId, callConditions(organizationId, filter)),
  };
}

function listed(
  db: Db,
  organizationId: string,
  { filter, order, page }: CallPage,
  columns: CallColumns,
): Promise<ShownCall[]> {
  const { field, direction } = order;
  const conditions = callConditions(organizationId, filter);
  if (field !== 'CREATED_AT') {
    const value: CallValue = CALL_VALUES[field];
    const list = { organizationId, columns: columns.columns, page, value, direction };
    const idsWithin = isAlone(conditions) ? conditions.scattered[0]?.idsWithin : undefined;
    if (value.followsCreation && idsWithin) {
      const searched = {
        ...list,
        filter,
        conditions: and(...conditions.always),
        orderedBy: field,
        idsWithin,
      };
      return windowedListByValue<ShownCall>(db, calls, searched);
    }
    return listByValue<ShownCall>(db, calls, { ...list, filter, conditions: whole(conditions) });
  }
  const byId = { ...page, after: page.after?.id ?? null, before: page.before?.id ?? null };
  return listById<typeof calls, ShownCall>(db, calls, {
    organizationId,
    filter,
    conditions,
    columns,
    page: byId,
    oldestFirst: direction === 'ASC',
  });
}
