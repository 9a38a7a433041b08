import { LineChart } from '@mantine/charts';
import { words } from '../ui/words';
import { ChartCard } from './chart-card';
import { seconds } from './figures-math';
import type { FiguresSearch } from './figures-search';
import type { TableData } from './table-data';
import type { TimeRow } from './time-rows';

/** Median and 95th percentile by time. A time without durations leaves a gap. */
export function DurationsChart({ search, rows }: { search: FiguresSearch; rows: readonly TimeRow[] }) {
  const table: TableData = {
    columns: ['Time', 'Median', '95th percentile'],
    rows: rows.map(({ bucket, duration }) => [bucket, seconds(duration.median), seconds(duration.p95)]),
  };
  const known = rows.filter(({ duration }) => duration.median !== null);
  const longest = Math.max(0, ...known.map(({ duration }) => duration.p95 ?? 0));
  return (
    <ChartCard
      title={`Durations by ${words(search.unit).toLowerCase()}`}
      text={`The median and the 95th percentile of ${known.length} times; the latter is ${seconds(longest)} at most.`}
      table={table}
      empty={known.length === 0 ? 'No call of this time has a duration.' : undefined}
    >
      <LineChart
        h={260}
        data={rows.map(({ label, duration: { median, p95 } }) => ({ label, median, p95 }))}
        dataKey="label"
        withLegend
        connectNulls={false}
        curveType="linear"
        lineChartProps={{ accessibilityLayer: false }}
        valueFormatter={seconds}
        series={[
          { name: 'median', label: 'Median', color: 'blue.7' },
          { name: 'p95', label: '95th percentile', color: 'orange.8' },
        ]}
      />
    </ChartCard>
  );
}
