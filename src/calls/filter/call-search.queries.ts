import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import type { IdRange } from '../../db/lists/conditions.js';
import { callSearch } from '../../db/tables/call-search.js';
import { needlesOf } from '../../foundation/search-text.js';

export const searchQueries = (db: Db) => ({
  isSearchable: db
    .select({ isSearchable: sql<boolean>`to_regclass('call_search_text_index') is not null` })
    .from(sql`(values (true)) one`)
    .prepare('is_searchable'),
});

/** As EXISTS: inside an OR, Postgres then chooses whether to look at each call's own rows or at all rows that match. */
export function isFoundBy(organizationId: string, callId: SQL, search: string): SQL {
  return sql`exists (select from ${callSearch} where ${callSearch.organizationId} = ${organizationId}
    and ${callSearch.callId} = ${callId} and ${holds(search)})`;
}

/** The beginnings of ids are in the index, so that it does not look at what lies outside of the range. */
export function callsFoundBy(organizationId: string, search: string, { from, to }: IdRange): SQL {
  const { callId } = callSearch;
  const beginning = sql`left(${callId}::text, 7)`;
  return sql`select ${callId} from ${callSearch} where ${and(
    eq(callSearch.organizationId, organizationId),
    from === undefined ? undefined : sql`${beginning} >= ${from.slice(0, 7)} and ${callId} >= ${from}`,
    to === undefined ? undefined : sql`${beginning} <= ${to.slice(0, 7)} and ${callId} <= ${to}`,
    holds(search),
  )}`;
}

function holds(search: string): SQL | undefined {
  const { text, digits } = needlesOf(search);
  return or(
    sql`${callSearch.text} like ${patternOf(text)}`,
    ...digits.map((each) => sql`${callSearch.numbers} like ${patternOf(each)}`),
  );
}

const patternOf = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
