import { or, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
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

export function holds(search: string): SQL | undefined {
  const { text, digits } = needlesOf(search);
  return or(
    sql`${callSearch.text} like ${patternOf(text)}`,
    ...digits.map((each) => sql`${callSearch.numbers} like ${patternOf(each)}`),
  );
}

const patternOf = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
