import { BarChart, CompositeChart } from '@mantine/charts';
import { words } from '../ui/words';
import { bucketOf } from './calendar';
import { ChartCard } from './chart-card';
import { valueText } from './figures-math';
import type { FiguresSearch } from './figures-search';
import { colorOf, MOST_SERIES, OTHER_COLOR } from './series-colors';
import type { TableData } from './table-data';
import type { TimeRow } from './time-rows';

export interface SplitRow {
  keys: readonly (string | null)[];
  calls: number;
}

interface CallsChartProps {
  search: FiguresSearch;
  rows: readonly TimeRow[];
  /** By time and value. */
  split: readonly SplitRow[];
  /** Of the time before, in its order; null if it is not asked for. */
  earlier: readonly TimeRow[] | null;
}

const HEIGHT = 260;
/** What is focused by keyboard is the table. */
const PLAIN = { accessibilityLayer: false };
const WHOLE = { allowDecimals: false };

/** Calls by time: each value a part of the bar, or with the time before as a line. */
export function CallsChart({ search, rows, split, earlier }: CallsChartProps) {
  const title = `Calls by ${words(search.unit).toLowerCase()}`;
  const sum = rows.reduce((all, { calls }) => all + calls, 0);
  const highest = rows.reduce(
    (most, row) => (row.calls > most.calls ? row : most),
    rows[0] ?? { calls: 0, label: '' },
  );
  const text = `${sum} in ${rows.length} ${words(search.unit).toLowerCase()}s; at most ${highest.calls}, at ${highest.label}.`;
  const empty = sum === 0 ? 'No calls in this time.' : undefined;
  if (earlier !== null) {
    const data = rows.map(({ label, calls }, index) => ({
      label,
      calls,
      before: earlier[index]?.calls ?? 0,
    }));
    const table: TableData = {
      columns: ['Time', 'Calls', 'Before'],
      rows: rows.map(({ bucket, calls }, index) => [
        bucket,
        String(calls),
        String(earlier[index]?.calls ?? 0),
      ]),
    };
    return (
      <ChartCard {...{ title, text, table, empty }}>
        <CompositeChart
          h={HEIGHT}
          data={data}
          dataKey="label"
          withLegend
          composedChartProps={PLAIN}
          maxBarWidth={40}
          curveType="linear"
          yAxisProps={WHOLE}
          series={[
            { name: 'calls', label: 'Calls', color: 'blue.7', type: 'bar' },
            { name: 'before', label: 'Before', color: 'orange.8', type: 'line' },
          ]}
        />
      </ChartCard>
    );
  }
  const { series, data, table } = splitOf(search, rows, split);
  return (
    <ChartCard {...{ title, text, table, empty }}>
      <BarChart
        h={HEIGHT}
        data={data}
        dataKey="label"
        type="stacked"
        withLegend
        barChartProps={PLAIN}
        maxBarWidth={40}
        yAxisProps={WHOLE}
        series={series}
      />
    </ChartCard>
  );
}

/** The most frequent values each as a series, and the rest as one. */
function splitOf(search: FiguresSearch, rows: readonly TimeRow[], split: readonly SplitRow[]) {
  const counts = new Map<string, Map<string | null, number>>();
  const sums = new Map<string | null, number>();
  for (const { keys, calls } of split) {
    const [time, value = null] = keys;
    if (time == null) continue;
    const bucket = bucketOf(time, search.unit, search.zone);
    const ofBucket = counts.get(bucket) ?? new Map<string | null, number>();
    counts.set(bucket, ofBucket.set(value, calls));
    sums.set(value, (sums.get(value) ?? 0) + calls);
  }
  const values = [...sums].sort(([, one], [, other]) => other - one).map(([value]) => value);
  const own = values.slice(0, MOST_SERIES);
  const rest = values.slice(MOST_SERIES);
  const at = (bucket: string, value: string | null) => counts.get(bucket)?.get(value) ?? 0;
  // A chart takes a dot in a name for a path.
  const data = rows.map(({ bucket, label }) => ({
    label,
    ...Object.fromEntries(own.map((value, index) => [`value${index}`, at(bucket, value)])),
    ...(rest.length > 0 && { rest: rest.reduce((all, value) => all + at(bucket, value), 0) }),
  }));
  const series = own.map((value, index) => ({
    name: `value${index}`,
    label: valueText(value, search.by),
    color: colorOf(value, index),
  }));
  if (rest.length > 0) series.push({ name: 'rest', label: `${rest.length} others`, color: OTHER_COLOR });
  const table: TableData = {
    columns: ['Time', 'Calls', ...values.map((value) => valueText(value, search.by))],
    rows: rows.map(({ bucket, calls }) => [
      bucket,
      String(calls),
      ...values.map((value) => String(at(bucket, value))),
    ]),
  };
  return { data, series, table };
}
