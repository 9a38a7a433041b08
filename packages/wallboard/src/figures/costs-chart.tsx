import { BarChart } from '@mantine/charts';
import { words } from '../ui/words';
import { ChartCard } from './chart-card';
import { costIn, currenciesOf } from './figures-math';
import type { FiguresSearch } from './figures-search';
import { colorOf } from './series-colors';
import type { TableData } from './table-data';
import type { TimeRow } from './time-rows';

/** Costs by time, a bar for each currency. The table has the exact sums. */
export function CostsChart({ search, rows }: { search: FiguresSearch; rows: readonly TimeRow[] }) {
  const currencies = currenciesOf(rows);
  const table: TableData = {
    columns: ['Time', ...currencies],
    rows: rows.map((row) => [row.bucket, ...currencies.map((currency) => costIn(row, currency) ?? '0')]),
  };
  const sums = currencies.map((currency) => {
    const sum = rows.reduce((all, row) => all + Number(costIn(row, currency) ?? 0), 0);
    return `about ${sum.toLocaleString(undefined, { maximumFractionDigits: 2 })} ${currency}`;
  });
  return (
    <ChartCard
      title={`Costs by ${words(search.unit).toLowerCase()}`}
      text={`${sums.join(' and ')} in all.`}
      table={table}
      empty={currencies.length === 0 ? 'No call of this time has a cost.' : undefined}
    >
      <BarChart
        h={260}
        data={rows.map((row) => ({
          label: row.label,
          ...Object.fromEntries(currencies.map((currency) => [currency, Number(costIn(row, currency) ?? 0)])),
        }))}
        dataKey="label"
        withLegend
        barChartProps={{ accessibilityLayer: false }}
        maxBarWidth={40}
        series={currencies.map((currency, index) => ({ name: currency, color: colorOf(null, index) }))}
      />
    </ChartCard>
  );
}
