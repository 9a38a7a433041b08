import { type Name, type SQL, sql } from 'drizzle-orm';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { startNow } from '../db/connection/account.js';
import type { Db } from '../db/database.js';
import { calls } from '../db/tables/calls.js';
import type { Figures, FiguresQuestion } from './call-statistics.values.js';
import { eachKey, type Found, foundBy, type Key, keyOf } from './grouping.queries.js';

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
  const found = foundBy(organizationId, filter);
  const keys = by.map((grouping) => keyOf(found, grouping, timeZone));
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
        ${from(found, keys)}
        group by ${sql.join(
          [...keys, 'duration', 'currency'].map((_, index) => sql.raw(`${index + 1}`)),
          sql`, `,
        )}
      ),
      placed as materialized (
        select * from (select *, ${place} as place from ${counted(keys, named)} counted) each where place <= ${first}::int
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

/** The tally, with a row for each key where calls have several. */
function counted(keys: readonly Key[], named: readonly Name[]): SQL {
  if (keys.every(({ each }) => each === undefined)) return sql`tally`;
  const { joins, values } = eachKey(keys, named);
  const columns = sql.join(
    values.map((value, index) => sql`${value} as ${named[index]}`),
    sql`, `,
  );
  return sql`(
    select ${columns}, duration, currency, sum(calls) as calls, sum(answered) as answered, sum(cost) as cost
    from tally ${joins} group by ${sql.join([...values, sql`duration`, sql`currency`], sql`, `)}
  )`;
}

/** As percentile_cont: between two calls, in proportion. */
function quantile(share: number): SQL {
  const at = sql`((total - 1) * ${share}::numeric)`;
  const low = sql`min(duration) filter (where upto > floor${at})`;
  const high = sql`min(duration) filter (where upto > ceil${at})`;
  return sql`(${low} + (${high} - ${low}) * max(${at} - floor${at}))::float8`;
}

export function from({ rows }: Found, keys: readonly Key[]): SQL {
  const joins = Object.values(Object.assign({}, ...keys.map((key) => key.joins)) as Record<string, SQL>);
  return sql`from ${rows} ${calls} ${sql.join(joins, sql` `)}`;
}
