import { Alert, Group, Skeleton, Stack, Title } from '@mantine/core';
import '@mantine/charts/styles.layer.css';
import { CallsChart } from './calls-chart';
import { CostsChart } from './costs-chart';
import { DurationsChart } from './durations-chart';
import { ExportCalls } from './export-calls';
import { FiguresFilter } from './figures-filter';
import { type FiguresSearch, filterOf, useFiguresSearch } from './figures-search';
import './figures.css';
import { KeyFigures } from './key-figures';
import { QueryError } from './query-error';
import { useEarlierFigures, useFigures } from './use-figures';
import { ValuesChart } from './values-chart';

export function FiguresPage() {
  const { search, set } = useFiguresSearch();
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Figures
        </Title>
        <Group gap="xs">
          <ExportCalls filter={filterOf(search)} name={`calls ${search.from} to ${search.to}.csv`} />
        </Group>
      </Group>
      <FiguresFilter search={search} set={set} />
      <FiguresOf search={search} />
    </Stack>
  );
}

function FiguresOf({ search }: { search: FiguresSearch }) {
  const { shown, names, isOld, ...present } = useFigures(search);
  const earlier = useEarlierFigures(search);
  const error = present.error ?? earlier.error;
  const retry = () => {
    void present.refetch();
    if (search.compares) void earlier.refetch();
  };
  if (error !== undefined) return <QueryError error={error} onRetry={retry} />;
  if (shown === undefined) return <Skeletons />;
  return (
    <div className="figures" aria-busy={isOld} data-old={isOld || undefined}>
      <KeyFigures figures={shown.total} earlier={earlier.shown === null ? null : earlier.shown.total} />
      {shown.isCut && (
        <Alert color="orange" title="Only the first 1,000 rows are shown">
          Choose a shorter time, or longer steps of it.
        </Alert>
      )}
      <CallsChart
        search={shown.search}
        rows={shown.rows}
        split={shown.split}
        earlier={earlier.shown === null ? null : earlier.shown.rows}
      />
      <ValuesChart search={shown.search} values={shown.values} names={names} />
      <div className="figures-pair">
        <DurationsChart search={shown.search} rows={shown.rows} />
        <CostsChart search={shown.search} rows={shown.rows} />
      </div>
    </div>
  );
}

/** As high as what comes. */
const Skeletons = () => (
  <div className="figures" role="status" aria-label="Loading">
    <Skeleton h={78} />
    <Skeleton h={342} />
    <Skeleton h={342} />
  </div>
);
