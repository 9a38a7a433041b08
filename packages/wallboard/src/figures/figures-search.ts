import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type {
  CallDimension,
  CallDimensionInput,
  CallFilter,
  CallStatus,
  CallSystem,
  TimeBucket,
} from '../gql/graphql';
import { addDays, type Day, dayAt, daysFrom, isDay, isTimeZone, readersZone, startOf } from './calendar';

export const UNITS: readonly TimeBucket[] = ['HOUR', 'DAY', 'WEEK', 'MONTH'];
export const DIMENSIONS: readonly CallDimension[] = [
  ...(['STATUS', 'STAFF', 'ASSISTANT', 'TAG', 'SYSTEM', 'DIRECTION', 'CHANNEL'] as const),
  ...(['VENDOR_STATUS', 'VOICE_CALL_STATUS'] as const),
];
/** In the place of a dimension: the value at a path into the metadata. */
export const METADATA = 'METADATA';

/** What the page shows, as its address says it. */
export interface FiguresSearch {
  from: Day;
  to: Day;
  zone: string;
  unit: TimeBucket;
  by: CallDimension | typeof METADATA;
  /** Keys with dots between. */
  path: string;
  compares: boolean;
  status: string[];
  system: string[];
  staff: string[];
  assistant: string[];
  tag: string[];
}

const DAYS = 30;
const LISTS = ['status', 'system', 'staff', 'assistant', 'tag'] as const;
export type ListName = (typeof LISTS)[number];

export function readSearch(params: URLSearchParams, now = Date.now()): FiguresSearch {
  const zone = params.get('zone');
  const timeZone = isTimeZone(zone) ? zone : readersZone();
  const [from, to] = [params.get('from'), params.get('to')];
  const end = isDay(to) ? to : dayAt(now, timeZone);
  const begin = isDay(from) ? from : addDays(end, 1 - DAYS);
  const unit = params.get('unit');
  const by = params.get('by');
  const lists = Object.fromEntries(LISTS.map((name) => [name, params.getAll(name)])) as Record<
    ListName,
    string[]
  >;
  return {
    from: begin <= end ? begin : end,
    to: end,
    zone: timeZone,
    unit: UNITS.find((each) => each === unit) ?? 'DAY',
    by: [...DIMENSIONS, METADATA as typeof METADATA].find((each) => each === by) ?? 'STATUS',
    path: params.get('path') ?? '',
    compares: params.has('compare'),
    ...lists,
  };
}

export function writeSearch(params: URLSearchParams, change: Partial<FiguresSearch>): URLSearchParams {
  const next = new URLSearchParams(params);
  const { compares, ...rest } = change;
  for (const [name, value] of Object.entries(rest)) {
    next.delete(name);
    for (const each of [value].flat()) if (each !== '') next.append(name, each);
  }
  if (compares === true) next.set('compare', '');
  if (compares === false) next.delete('compare');
  return next;
}

export function useFiguresSearch() {
  const [params, setParams] = useSearchParams();
  const search = useMemo(() => readSearch(params), [params]);
  const set = (change: Partial<FiguresSearch>) =>
    setParams((present) => writeSearch(present, change), { replace: true });
  return { search, set };
}

export const rangeFilter = ({ from, to, zone }: Pick<FiguresSearch, 'from' | 'to' | 'zone'>): CallFilter => ({
  occurredAt: { from: startOf(from, zone), to: startOf(addDays(to, 1), zone) },
});

/** The calls that the page counts. */
export function filterOf(search: FiguresSearch): CallFilter {
  const { status, system, staff, assistant, tag } = search;
  return {
    ...rangeFilter(search),
    // The gateway refuses what is none.
    ...(status.length > 0 && { status: status as CallStatus[] }),
    ...(system.length > 0 && { system: system as CallSystem[] }),
    ...(staff.length > 0 && { staffUid: staff }),
    ...(assistant.length > 0 && { or: assistant.map((assistantId) => ({ assistantId })) }),
    ...(tag.length > 0 && { tags: { anyOf: tag } }),
  };
}

/** As many days, right before. */
export function before(search: FiguresSearch): FiguresSearch {
  const days = daysFrom(search.from, search.to);
  return { ...search, from: addDays(search.from, -days), to: addDays(search.from, -1) };
}

/** Null as long as the path is not written. */
export function dimensionOf({ by, path }: Pick<FiguresSearch, 'by' | 'path'>): CallDimensionInput | null {
  if (by !== METADATA) return { field: by };
  return path === '' ? null : { metadata: path.split('.') };
}
