import { DELIVERY_STATES } from '../deliveries/delivery-state';
import type {
  CallDirection,
  CallFilter,
  CallOrder,
  CallOrderField,
  CallStatus,
  CallSystem,
  DeliveryState,
} from '../gql/graphql';
import { SYSTEMS } from '../ui/vendor-names';

/** What the page shows, as its address says. */
export interface CallsView {
  search: string;
  /** Values of which a call has at least one; empty where it does not matter. */
  lists: Record<ListName, readonly string[]>;
  /** Its calls alone, as a call's page links to them. */
  group: { kind: string; key: string } | null;
  recording: boolean | null;
  voiceCall: boolean | null;
  when: When;
  order: CallOrderField;
  isAscending: boolean;
}

/** A span that ends now, or two instants. */
export type When = { last: Span | null; from: string | null; to: string | null };

const enumValues = <Value extends string>(all: Record<Value, true>) => Object.keys(all) as Value[];

export const STATUSES = enumValues<CallStatus>({
  ...{ SCHEDULED: true, QUEUED: true, STARTING: true, RINGING: true, IN_PROGRESS: true, COMPLETED: true },
  ...{ NO_ANSWER: true, VOICEMAIL: true, BUSY: true, CANCELED: true, FAILED: true, UNKNOWN: true },
});
const DIRECTIONS = enumValues<CallDirection>({
  INBOUND: true,
  OUTBOUND: true,
  INTERNAL: true,
  UNKNOWN: true,
});
export const ORDERS: Record<CallOrderField, string> = {
  CREATED_AT: 'Newest record',
  OCCURRED_AT: 'When it happened',
  STARTED_AT: 'Start',
  UPDATED_AT: 'Last change',
  DURATION: 'Duration',
};
/** Hours. */
export const SPANS = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24, '90d': 90 * 24 } as const;
export type Span = keyof typeof SPANS;

/** Their parameters in the address, and the values that are known; null where any text is one. */
const LISTS = {
  status: STATUSES,
  direction: DIRECTIONS,
  system: SYSTEMS,
  assistant: null,
  staff: null,
  tag: null,
  channel: null,
  delivery: DELIVERY_STATES,
} as const;
export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/** The gateway finds nothing by fewer. */
export const SHORTEST_SEARCH = 3;
/** The filter of a span stays the same for so long, so that the list is not another one each time. Milliseconds. */
const STEP = 5 * 60_000;

/** What the address does not know, or writes wrongly, does not matter. */
export function readView(params: URLSearchParams): CallsView {
  const order = params.get('order') ?? '';
  const last = params.get('last') ?? '';
  return {
    search: params.get('q') ?? '',
    lists: byName((name) => {
      const known: readonly string[] | null = LISTS[name];
      return [...new Set(params.getAll(name))].filter((value) => known?.includes(value) ?? value !== '');
    }),
    group: groupIn(params),
    recording: yesOrNo(params.get('recording')),
    voiceCall: yesOrNo(params.get('voiceCall')),
    when: {
      last: last in SPANS ? (last as Span) : null,
      from: instant(params.get('from')),
      to: instant(params.get('to')),
    },
    order: order in ORDERS ? (order as CallOrderField) : 'CREATED_AT',
    isAscending: params.get('sort') === 'ascending',
  };
}

export function writeView(view: CallsView): URLSearchParams {
  const { search, lists, group, recording, voiceCall, when, order, isAscending } = view;
  const flag = (value: boolean | null) => value !== null && (value ? 'yes' : 'no');
  const single = {
    ...{ q: search, recording: flag(recording), voiceCall: flag(voiceCall) },
    ...{ groupKind: group?.kind, group: group?.key },
    ...{ last: when.last, from: when.last === null && when.from, to: when.last === null && when.to },
    order: order !== 'CREATED_AT' && order,
    sort: isAscending && 'ascending',
  };
  return new URLSearchParams([
    ...Object.entries(single).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    ...LIST_NAMES.flatMap((name) => lists[name].map((value) => [name, value])),
  ]);
}

function groupIn(params: URLSearchParams): CallsView['group'] {
  const [kind, key] = [params.get('groupKind'), params.get('group')];
  return kind && key ? { kind, key } : null;
}

/** @returns null for all calls */
export function filterOf(view: CallsView, now: number): CallFilter | null {
  const { lists, group, recording, voiceCall, when } = view;
  const search = view.search.trim();
  const from =
    when.last === null
      ? when.from
      : new Date(Math.floor(now / STEP) * STEP - SPANS[when.last] * 3_600_000).toISOString();
  const to = when.last === null ? when.to : null;
  const any = (filters: CallFilter[]) => (filters.length > 1 ? [{ or: filters }] : filters);
  const and = [
    ...any(lists.assistant.map((assistantId) => ({ assistantId }))),
    ...any(lists.channel.map((channelId) => ({ channelId }))),
  ];
  const filter: CallFilter = {
    ...([...search].length >= SHORTEST_SEARCH && { search }),
    ...(lists.status.length > 0 && { status: lists.status as CallStatus[] }),
    ...(lists.direction.length > 0 && { direction: lists.direction as CallDirection[] }),
    ...(lists.system.length > 0 && { system: lists.system as CallSystem[] }),
    ...(lists.staff.length > 0 && { staffUid: [...lists.staff] }),
    ...(lists.tag.length > 0 && { tags: { anyOf: [...lists.tag] } }),
    ...(lists.delivery.length > 0 && { deliveryState: lists.delivery as DeliveryState[] }),
    ...(group !== null && { group }),
    ...(recording !== null && { hasRecording: recording }),
    ...(voiceCall !== null && { hasVoiceCall: voiceCall }),
    ...((from !== null || to !== null) && {
      occurredAt: { ...(from !== null && { from }), ...(to !== null && { to }) },
    }),
    ...(and.length > 0 && { and }),
  };
  return Object.keys(filter).length === 0 ? null : filter;
}

/** @returns null for the default order, in which alone calls that enter have their places at once */
export const orderOf = ({ order, isAscending }: CallsView): CallOrder | null =>
  order === 'CREATED_AT' && !isAscending ? null : { field: order, direction: isAscending ? 'ASC' : 'DESC' };

/** The view without its filters, in the same order. */
export const cleared = (view: CallsView): CallsView => ({
  ...readView(new URLSearchParams()),
  ...orderIn(view),
});

const orderIn = ({ order, isAscending }: CallsView) => ({ order, isAscending });

export const toggled = (view: CallsView, name: ListName, value: string): CallsView => {
  const before = view.lists[name];
  const after = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
  return { ...view, lists: { ...view.lists, [name]: after } };
};

/** For the menu of a list: the other filters say among which calls it counts. */
export const without = (view: CallsView, name: ListName): CallsView => ({
  ...view,
  lists: { ...view.lists, [name]: [] },
});

const byName = <Value>(of: (name: ListName) => Value) =>
  Object.fromEntries(LIST_NAMES.map((name) => [name, of(name)])) as Record<ListName, Value>;

const yesOrNo = (text: string | null) => (text === 'yes' ? true : text === 'no' ? false : null);

const instant = (text: string | null) =>
  text === null || Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();
