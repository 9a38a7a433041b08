import { type SQL, sql } from 'drizzle-orm';
import { callConditions } from '../calls/filter/call-filter.queries.js';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { startNow } from '../db/connection/account.js';
import type { Db } from '../db/database.js';
import { whole } from '../db/lists/conditions.js';
import { calls } from '../db/tables/calls.js';
import type { Figures, FiguresQuestion } from './call-statistics.values.js';
import { type Key, keyOf } from './grouping.queries.js';

interface Row extends Record<string, unknown> {
  keys: (string | null)[];
  calls: string;
  answered: string;
  sum: string | null;
  average: number | null;
  median: number | null;
  p95: number | null;
  costs: Figures['costs'] | null;
}

const IS_ANSWERED = sql`(${calls.answeredAt} is not null or ${calls.status} in ('IN_PROGRESS', 'COMPLETED'))`;

/**
 * One scan counts how many calls have each duration and currency, which hashes and needs no sorting; everything else is
 * made of those counts. Postgres' own percentile_cont would sort all calls.
 */
export async function callFigures(
  db: Pick<Db, 'execute'>,
  organizationId: string,
  filter: CallFilter,
  { by, timeZone, first }: FiguresQuestion,
): Promise<Row[]> {
  const keys = by.map((grouping, place) => keyOf(organizationId, grouping, timeZone, place));
  const named = keys.map((_, index) => sql.identifier(`key_${index}`));
  const list = (parts: SQL[]) => (parts.length === 0 ? sql`` : sql`${sql.join(parts, sql`, `)}, `);
  const values = list(keys.map(({ value }, index) => sql`${value} as ${named[index]}`));
  const inOrder = named.map((name) => sql`${name} nulls last`);
  const place =
    by.length === 0 ? sql`1::bigint` : sql`dense_rank() over (order by ${sql.join(inOrder, sql`, `)})`;
  const shown = keys.map(({ shown }, index) => sql`min(${shown(sql`${named[index]}`)})`);
  const rows = await startNow(
    db.execute<Row>(sql`
      with tally as materialized (
        select ${values}${calls.duration} as duration, ${calls.cost} ->> 'currency' as currency, count(*) as calls,
          count(*) filter (where ${IS_ANSWERED}) as answered, sum((${calls.cost} ->> 'total')::numeric) as cost
        ${from(organizationId, filter, keys)}
        group by ${sql.join(
          [...keys, 'duration', 'currency'].map((_, index) => sql.raw(`${index + 1}`)),
          sql`, `,
        )}
      ),
      placed as materialized (
        select * from (select *, ${place} as place from tally) each where place <= ${first}::int
      ),
      durations as (
        select place, sum(duration * calls) as sum, max(total) as total,
          ${quantile(0.5)} as median, ${quantile(0.95)} as p95
        from (
          select place, duration, sum(calls) as calls, sum(sum(calls)) over (partition by place) as total,
            sum(sum(calls)) over (partition by place order by duration) as upto
          from placed where duration is not null group by place, duration
        ) each group by place
      ),
      costs as (
        select place, jsonb_agg(jsonb_build_object('currency', currency, 'total', cost::text) order by currency) as costs
        from (select place, currency, sum(cost) as cost from placed where cost is not null group by place, currency) each
        group by place
      ),
      groups as (
        select place, array[${sql.join(shown, sql`, `)}]::text[] as keys, sum(calls) as calls, sum(answered) as answered
        from placed group by place
      )
      select keys, calls, answered, sum, (sum / total)::float8 as average, median, p95, costs
      from groups left join durations using (place) left join costs using (place)
      order by place`),
  );
  return [...rows];
}

/** As percentile_cont: between two calls, in proportion. */
function quantile(share: number): SQL {
  const at = sql`((total - 1) * ${share}::numeric)`;
  const low = sql`min(duration) filter (where upto > floor${at})`;
  const high = sql`min(duration) filter (where upto > ceil${at})`;
  return sql`(${low} + (${high} - ${low}) * max(${at} - floor${at}))::float8`;
}

/** The filter in a query of its own, because its conditions name columns that other tables have as well. */
export function from(organizationId: string, filter: CallFilter, keys: readonly Key[]): SQL {
  const joins = Object.values(Object.assign({}, ...keys.map((key) => key.joins)) as Record<string, SQL>);
  const found = sql`(select * from ${calls}
    where ${calls.organizationId} = ${organizationId} and ${whole(callConditions(organizationId, filter))})`;
  return sql`from ${found} ${calls} ${sql.join(joins, sql` `)}`;
}
