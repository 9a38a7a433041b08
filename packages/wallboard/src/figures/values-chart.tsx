import { BarChart } from '@mantine/charts';
import { ChartCard } from './chart-card';
import { costsText, dimensionText, type Figures, percent, seconds, valueText } from './figures-math';
import type { FiguresSearch } from './figures-search';
import type { TableData } from './table-data';

const MOST_BARS = 12;

interface ValuesChartProps {
  search: FiguresSearch;
  values: readonly Figures[];
  /** Names of values, where they have one. */
  names: ReadonlyMap<string, string>;
}

/** The figures of each value, most calls first. */
export function ValuesChart({ search, values, names }: ValuesChartProps) {
  const sorted = [...values].sort((one, other) => other.calls - one.calls);
  const nameOf = ({ keys: [value] }: Figures) => names.get(value ?? '') ?? valueText(value, search.by);
  const table: TableData = {
    columns: ['Value', 'Calls', 'Answered', 'Median', '95th percentile', 'Costs'],
    rows: sorted.map((row) => [
      nameOf(row),
      String(row.calls),
      percent(row.answered, row.calls),
      seconds(row.duration.median),
      seconds(row.duration.p95),
      costsText(row),
    ]),
  };
  const bars = sorted.slice(0, MOST_BARS);
  const [first] = bars;
  return (
    <ChartCard
      title={`Calls by ${dimensionText(search)}`}
      text={first ? `${sorted.length} values; most calls have ${nameOf(first)}: ${first.calls}.` : ''}
      table={table}
      empty={first === undefined ? 'No calls in this time.' : undefined}
    >
      <BarChart
        h={60 + 34 * bars.length}
        data={bars.map((row) => ({
          label: nameOf(row),
          answered: row.answered,
          others: row.calls - row.answered,
        }))}
        dataKey="label"
        orientation="vertical"
        type="stacked"
        withLegend
        gridAxis="x"
        barChartProps={{ accessibilityLayer: false }}
        yAxisProps={{ width: 130 }}
        maxBarWidth={22}
        series={[
          { name: 'answered', label: 'Answered', color: 'blue.7' },
          { name: 'others', label: 'Not answered', color: 'orange.8' },
        ]}
      />
    </ChartCard>
  );
}
