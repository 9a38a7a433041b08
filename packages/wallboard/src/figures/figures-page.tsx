import { useQuery } from '@apollo/client/react';
import { Alert, Group, NativeSelect, Skeleton, Stack, TextInput, Title } from '@mantine/core';
import '@mantine/charts/styles.css';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { getFragmentData } from '../gql';
import { words } from '../ui/words';
import { CallsChart } from './calls-chart';
import { CostsChart } from './costs-chart';
import { DurationsChart } from './durations-chart';
import { ExportCalls } from './export-calls';
import { CALL_FACET, CALL_FIGURES, FIGURES, FIGURES_BY } from './figures-documents';
import { FiguresFilter } from './figures-filter';
import {
  before,
  DIMENSIONS,
  dimensionOf,
  type FiguresSearch,
  filterOf,
  METADATA,
  useFiguresSearch,
} from './figures-search';
import './figures.css';
import { KeyFigures } from './key-figures';
import { QueryError } from './query-errors';
import { timeRows } from './time-rows';
import { ValuesChart } from './values-chart';

const MOST_ROWS = 1_000;

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
      <FiguresOf search={search} set={set} />
    </Stack>
  );
}

interface FiguresOfProps {
  search: FiguresSearch;
  set(change: Partial<FiguresSearch>): void;
}

function FiguresOf({ search, set }: FiguresOfProps) {
  const present = useFigures(search);
  const earlier = useFigures(before(search), !search.compares);
  const by = useFiguresBy(search);
  const isOld = present.isLoading || by.isLoading;
  const error = present.error ?? by.error ?? earlier.error;
  const retry = () => {
    void present.refetch();
    void by.refetch();
    if (search.compares) void earlier.refetch();
  };
  if (error !== undefined) return <QueryError error={error} onRetry={retry} />;
  return (
    <div className="figures" aria-busy={isOld} data-old={isOld || undefined}>
      <KeyFigures figures={present.total} earlier={search.compares ? earlier.total : null} />
      {(present.isCut || by.isCut) && (
        <Alert color="orange" title="Only the first 1,000 rows are shown">
          Choose a shorter time, or longer steps of it.
        </Alert>
      )}
      {present.rows === undefined || by.split === undefined ? (
        <Skeleton h={360} aria-label="Loading" />
      ) : (
        <CallsChart
          search={search}
          rows={present.rows}
          split={by.split}
          earlier={search.compares ? (earlier.rows ?? []) : null}
        />
      )}
      <Dimension search={search} set={set} />
      {by.values === undefined ? (
        <Skeleton h={360} aria-label="Loading" />
      ) : (
        <ValuesChart search={search} values={by.values} names={by.names} />
      )}
      <div className="figures-pair">
        {present.rows && <DurationsChart search={search} rows={present.rows} />}
        {present.rows && <CostsChart search={search} rows={present.rows} />}
      </div>
    </div>
  );
}

function Dimension({ search: { by, path }, set }: FiguresOfProps) {
  const [typed, setTyped] = useState(path);
  const setPath = useDebouncedCallback((value: string) => set({ path: value }), 400);
  return (
    <Group gap="sm" align="end">
      <NativeSelect
        label="By value"
        data={[
          ...DIMENSIONS.map((each) => ({ value: each, label: words(each) })),
          { value: METADATA, label: 'Metadata' },
        ]}
        value={by}
        onChange={({ currentTarget }) => {
          const chosen = [...DIMENSIONS, METADATA as typeof METADATA].find(
            (each) => each === currentTarget.value,
          );
          if (chosen !== undefined) set({ by: chosen });
        }}
      />
      {by === METADATA && (
        <TextInput
          label="Path into the metadata"
          placeholder="customer.tier"
          value={typed}
          onChange={({ currentTarget }) => {
            setTyped(currentTarget.value);
            setPath(currentTarget.value);
          }}
        />
      )}
    </Group>
  );
}

/** Keeps what it has until the next is there, so that nothing jumps. */
function useFigures(search: FiguresSearch, skip = false) {
  const { data, previousData, loading, error, refetch } = useQuery(FIGURES, {
    variables: { filter: filterOf(search), timeZone: search.zone, time: [{ occurredAt: search.unit }] },
    skip,
    fetchPolicy: 'cache-and-network',
  });
  const shown = data ?? previousData;
  const times = getFragmentData(CALL_FIGURES, shown?.times) ?? undefined;
  return {
    total: getFragmentData(CALL_FIGURES, shown?.total)?.[0],
    rows: times && timeRows(times, search),
    isCut: times?.length === MOST_ROWS,
    isLoading: loading && data === undefined,
    error,
    refetch,
  };
}

function useFiguresBy(search: FiguresSearch) {
  const dimension = dimensionOf(search);
  const filter = filterOf(search);
  const { data, previousData, loading, error, refetch } = useQuery(FIGURES_BY, {
    variables: {
      filter,
      timeZone: search.zone,
      by: dimension ? [dimension] : [],
      timeAndBy: [{ occurredAt: search.unit }, ...(dimension ? [dimension] : [])],
    },
    fetchPolicy: 'cache-and-network',
  });
  const { data: named } = useQuery(CALL_FACET, {
    variables: { field: 'ASSISTANT', filter },
    skip: search.by !== 'ASSISTANT',
  });
  const shown = data ?? previousData;
  const split = shown?.timesAndValues ?? undefined;
  return {
    values: getFragmentData(CALL_FIGURES, shown?.values) ?? undefined,
    split,
    names: new Map(named?.callFacet?.flatMap(({ value, label }) => (label === null ? [] : [[value, label]]))),
    isCut: split?.length === MOST_ROWS,
    isLoading: loading && data === undefined,
    error,
    refetch,
  };
}
