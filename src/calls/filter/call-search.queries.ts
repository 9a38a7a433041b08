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
export function callsFoundBy(organizationId: string, search: string, ids: IdRange): SQL {
  const { callId } = callSearch;
  const bound = (side: 'from' | 'to', comparison: SQL) => {
    const { [side]: id, [side === 'from' ? 'to' : 'from']: other, nearest } = ids;
    if (id === undefined) return undefined;
    const within = sql`${callId} ${comparison} ${id}`;
    if (other !== undefined && nearest !== side) return within;
    const beginning = typeof id === 'string' ? id.slice(0, 7) : sql`left(${id}::text, 7)`;
    return sql`left(${callId}::text, 7) ${comparison} ${beginning} and ${within}`;
  };
  return sql`select ${callId} from ${callSearch} where ${and(
    eq(callSearch.organizationId, organizationId),
    bound('from', sql`>=`),
    bound('to', sql`<=`),
    holds(search),
  )}`;
}

function holds(search: string): SQL | undefined {
  const { text, digits } = needlesOf(search);
  return or(
    digits.length === 0
      ? sql`${callSearch.text} like ${patternOf(text)}`
      : holdsNumber(sql`${callSearch.text}`, text),
    ...digits.map((each) => holdsNumber(sql`${callSearch.numbers}`, each)),
  );
}

const TAIL = /\d{4,5}$/;

/**
 * An index of trigrams takes longer the more of them it looks for, and most numbers begin as many others do: so it looks for
 * the last digits, and the rest is compared. No index serves strpos, which finds what LIKE would.
 */
function holdsNumber(column: SQL, needle: string): SQL {
  const [tail = needle] = TAIL.exec(needle) ?? [];
  const holdsTail = sql`${column} like ${patternOf(tail)}`;
  return tail === needle ? holdsTail : sql`(${holdsTail} and strpos(${column}, ${needle}) > 0)`;
}

const patternOf = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
