import { sql } from 'drizzle-orm';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { startNow } from '../db/connection/account.js';
import type { Db } from '../db/database.js';
import { calls } from '../db/tables/calls.js';
import { searchFold } from '../foundation/search-text.js';
import { from } from './call-statistics.queries.js';
import type { FacetQuestion, FacetValue } from './call-statistics.values.js';
import { eachKey, foundBy, keyOfField } from './grouping.queries.js';

type Row = Omit<FacetValue, 'calls'> & { calls: string } & Record<string, unknown>;

/** The most frequent first; equally frequent ones in the order of their texts. */
export async function callFacetValues(
  db: Pick<Db, 'execute'>,
  organizationId: string,
  filter: CallFilter,
  { field, startsWith, first }: FacetQuestion,
): Promise<Row[]> {
  const among = foundBy(organizationId, filter);
  const key = keyOfField(among, field);
  const { joins, values } = eachKey([key], [sql.identifier('keys')]);
  const begins =
    startsWith === null ? sql`true` : sql`starts_with(search_fold(value), ${searchFold(startsWith)}::text)`;
  const label = field === 'ASSISTANT' ? newestName(organizationId) : sql`null::text`;
  const rows = await startNow(
    db.execute<Row>(sql`
      with tally as materialized (select ${key.value} as keys, count(*) as calls ${from(among, [key])} group by 1),
      counted as materialized (select ${values[0]} as value, sum(calls) as calls from tally ${joins} group by 1),
      found as materialized (
        select value, calls from counted where value is not null and ${begins}
        order by calls desc, value limit ${first}::int
      )
      select value, ${label} as label, found.calls from found order by found.calls desc, value`),
  );
  return [...rows];
}

/** An assistant may have been renamed. The index goes by the default collation. */
const newestName = (organizationId: string) => sql`(
  select ${calls.assistant} ->> 'name' from ${calls}
  where ${calls.organizationId} = ${organizationId} and left(${calls.assistant} ->> 'assistantId', 256) = left(value collate "default", 256)
    and ${calls.assistant} ->> 'assistantId' = value collate "default" and ${calls.assistant} ->> 'name' is not null
  order by ${calls.id} desc limit 1)`;
