import { useQuery } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { getFragmentData } from '../gql';
import { CALL_FACET, CALL_FIGURES, EARLIER_FIGURES, FIGURES } from './figures-documents';
import { before, dimensionOf, type FiguresSearch, filterOf } from './figures-search';
import { timeRows } from './time-rows';

const MOST_ROWS = 1_000;

const question = (search: FiguresSearch) => ({
  filter: filterOf(search),
  timeZone: search.zone,
  time: [{ occurredAt: search.unit }],
});

/** The figures that the address asks for; `shown` are those of the question before until they are there. */
export function useFigures(search: FiguresSearch) {
  const dimension = dimensionOf(search);
  const value = dimension ? [dimension] : [];
  const variables = question(search);
  const { data, error, refetch } = useQuery(FIGURES, {
    variables: { ...variables, value, timeAndValue: [...variables.time, ...value] },
    fetchPolicy: 'cache-and-network',
  });
  const { data: named } = useQuery(CALL_FACET, {
    variables: { field: 'ASSISTANT', filter: variables.filter },
    skip: search.by !== 'ASSISTANT',
  });
  const names = named?.callFacet?.flatMap(({ value: id, label }) =>
    label === null ? [] : [[id, label] as const],
  );
  const times = getFragmentData(CALL_FIGURES, data?.times) ?? [];
  const split = data?.timesAndValues ?? [];
  const present = data && {
    search,
    total: getFragmentData(CALL_FIGURES, data.total)?.[0],
    rows: timeRows(times, search),
    values: getFragmentData(CALL_FIGURES, data.values) ?? [],
    split,
    isCut: times.length === MOST_ROWS || split.length === MOST_ROWS,
  };
  return { shown: useLast(present), names: new Map(names), isOld: present === undefined, error, refetch };
}

/** The same of the time right before; null if it is not asked for. */
export function useEarlierFigures(search: FiguresSearch) {
  const earlier = before(search);
  const { data, error, refetch } = useQuery(EARLIER_FIGURES, {
    variables: question(earlier),
    skip: !search.compares,
    fetchPolicy: 'cache-and-network',
  });
  const present = data && {
    total: getFragmentData(CALL_FIGURES, data.total)?.[0],
    rows: timeRows(getFragmentData(CALL_FIGURES, data.times) ?? [], earlier),
  };
  const shown = useLast(present);
  return { shown: search.compares ? (shown ?? { total: undefined, rows: [] }) : null, error, refetch };
}

function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef<T | undefined>(undefined);
  useEffect(() => {
    if (value !== undefined) last.current = value;
  });
  return value ?? last.current;
}
