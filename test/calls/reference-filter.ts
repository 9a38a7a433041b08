export interface SeenCall {
  id: string;
  status: string;
  direction: string;
  references: { system: string; value: string }[];
  from: string | null;
  to: string | null;
  customerNumber: string | null;
  assistant: { assistantId: string; name: string | null } | null;
  channelId: string | null;
  groups: { kind: string; key: string }[];
  tags: string[];
  metadata: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  occurredAt: string;
  duration: number | null;
  voiceCall: SeenVoiceCall | null;
  recordings: { id: string }[];
  transcripts: { summary: string | null; lines: { text: string }[] }[];
}

interface SeenVoiceCall {
  staffUid: string;
  handledByStaffUid: string | null;
  clientUid: string;
  callSummary: string | null;
}

export const SEEN = `id status direction references { system value } from to customerNumber assistant { assistantId name } channelId
  groups { kind key } tags metadata createdAt updatedAt startedAt endedAt occurredAt duration
  voiceCall { staffUid handledByStaffUid clientUid callSummary } recordings { id } transcripts { summary lines { text } }`;

type Maybe<T> = T | null | undefined;
interface Range<T> {
  from?: Maybe<T>;
  to?: Maybe<T>;
}

export interface Filter {
  status?: Maybe<string[]>;
  direction?: Maybe<string[]>;
  system?: Maybe<string[]>;
  from?: Maybe<string>;
  to?: Maybe<string>;
  customerNumber?: Maybe<string>;
  assistantId?: Maybe<string>;
  channelId?: Maybe<string>;
  group?: Maybe<{ kind: string; key: string }>;
  tags?: Maybe<{ anyOf?: Maybe<string[]>; allOf?: Maybe<string[]> }>;
  metadata?: Maybe<{ contains?: Maybe<object>; anyOf?: Maybe<object[]>; hasKeys?: Maybe<string[]> }>;
  createdAt?: Maybe<Range<string>>;
  updatedAt?: Maybe<Range<string>>;
  startedAt?: Maybe<Range<string>>;
  endedAt?: Maybe<Range<string>>;
  duration?: Maybe<{ min?: Maybe<number>; max?: Maybe<number> }>;
  occurredAt?: Maybe<Range<string>>;
  hasVoiceCall?: Maybe<boolean>;
  search?: Maybe<string>;
  staffUid?: Maybe<string[]>;
  clientUid?: Maybe<string[]>;
  hasRecording?: Maybe<boolean>;
  and?: Maybe<Filter[]>;
  or?: Maybe<Filter[]>;
  not?: Maybe<Filter>;
}

export interface Order {
  field: 'CREATED_AT' | 'STARTED_AT' | 'UPDATED_AT' | 'DURATION' | 'OCCURRED_AT';
  direction: 'ASC' | 'DESC';
}

/** Written from the Postgres manual ("jsonb Containment and Existence"). */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item) => whole.some((each) => contains(each, item)));
  }
  if (typeof part === 'object' && part !== null) {
    if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return false;
    return Object.entries(part).every(
      ([key, value]) => Object.hasOwn(whole, key) && contains((whole as Record<string, unknown>)[key], value),
    );
  }
  return whole === part;
}

const ms = (time: string) => Date.parse(time);

function within(time: string | null, range: Maybe<Range<string>>): boolean {
  const [from, to] = [range?.from ?? null, range?.to ?? null];
  if (from === null && to === null) return true;
  return time !== null && (from === null || ms(from) <= ms(time)) && (to === null || ms(time) < ms(to));
}

const oneOf = (list: Maybe<string[]>, ...values: Maybe<string>[]) =>
  list == null || values.some((value) => value != null && list.includes(value));
const same = (wanted: Maybe<string>, value: Maybe<string>) => wanted == null || wanted === value;

const bare = (address: string) => address.replace(/^tel:/i, '').replace(/[\s().\-/]/g, '');

/** A number in its one form, anything else as it is. */
function numberOf(address: string): string {
  if (/^[1-9]\d{7,14}$/.test(address)) return `+${address}`;
  const digits = bare(address).replace(/^00/, '+');
  return address.length <= 40 && /^\+[1-9]\d{1,14}$/.test(digits) ? digits : address;
}
const sameNumber = (wanted: Maybe<string>, address: string | null) =>
  wanted == null || (address !== null && numberOf(wanted) === numberOf(address));

function isFoundIn(search: string, call: SeenCall): boolean {
  const addresses = [call.from, call.to, call.customerNumber].filter((each) => each !== null);
  const { references, assistant, tags, voiceCall, transcripts } = call;
  const spoken = transcripts.flatMap(({ summary, lines }) => [summary, ...lines.map(({ text }) => text)]);
  const values = references.map(({ value }) => value);
  const folded = (text: string) => text.toLowerCase().replaceAll('ς', 'σ');
  const texts = [...addresses, ...values, assistant?.name, ...tags, voiceCall?.callSummary, ...spoken];
  if (texts.some((text) => text != null && folded(text).includes(folded(search)))) return true;
  const [, , digits = ''] = /^(\+|00)?(\d+)$/.exec(bare(search)) ?? [];
  const whole = bare(search).replace('+', '');
  const found = (part: string) =>
    part.length > 2 &&
    addresses.some((each) => /^\+?\d+$/.test(bare(numberOf(each))) && bare(numberOf(each)).includes(part));
  return digits !== '' && (found(digits) || found(whole));
}

/** The rules of the schema, member by member. */
export function finds(filter: Filter, call: SeenCall): boolean {
  const { tags, metadata, group, duration } = filter;
  const [min, max] = [duration?.min ?? null, duration?.max ?? null];
  return [
    oneOf(filter.status, call.status),
    oneOf(filter.direction, call.direction),
    oneOf(filter.system, ...call.references.map(({ system }) => system)),
    sameNumber(filter.from, call.from),
    sameNumber(filter.to, call.to),
    sameNumber(filter.customerNumber, call.customerNumber),
    same(filter.assistantId, call.assistant?.assistantId),
    same(filter.channelId, call.channelId),
    group == null || call.groups.some(({ kind, key }) => kind === group.kind && key === group.key),
    oneOf(tags?.anyOf, ...call.tags),
    (tags?.allOf ?? []).every((tag) => call.tags.includes(tag)),
    metadata?.contains == null || contains(call.metadata, metadata.contains),
    metadata?.anyOf == null || metadata.anyOf.some((each) => contains(call.metadata, each)),
    (metadata?.hasKeys ?? []).every((key) => Object.hasOwn(call.metadata, key)),
    within(call.createdAt, filter.createdAt),
    within(call.updatedAt, filter.updatedAt),
    within(call.startedAt, filter.startedAt),
    within(call.endedAt, filter.endedAt),
    within(call.occurredAt, filter.occurredAt),
    min === null || (call.duration !== null && call.duration >= min),
    max === null || (call.duration !== null && call.duration <= max),
    filter.hasVoiceCall == null || filter.hasVoiceCall === (call.voiceCall !== null),
    filter.search == null || isFoundIn(filter.search, call),
    oneOf(filter.staffUid, call.voiceCall?.staffUid, call.voiceCall?.handledByStaffUid),
    oneOf(filter.clientUid, call.voiceCall?.clientUid),
    filter.hasRecording == null || filter.hasRecording === call.recordings.length > 0,
    filter.and == null || (filter.and.length > 0 && filter.and.every((each) => finds(each, call))),
    filter.or == null || filter.or.some((each) => finds(each, call)),
    filter.not == null || !finds(filter.not, call),
  ].every(Boolean);
}

const orderValue = (call: SeenCall, field: Order['field']): number | null => {
  if (field === 'DURATION') return call.duration;
  const time = {
    STARTED_AT: call.startedAt,
    UPDATED_AT: call.updatedAt,
    CREATED_AT: call.createdAt,
    OCCURRED_AT: call.occurredAt,
  }[field];
  return time === null ? null : ms(time);
};

/** Null last, ties by id. */
export function inOrder({ field, direction }: Order) {
  const sign = direction === 'ASC' ? 1 : -1;
  return (one: SeenCall, other: SeenCall): number => {
    const [a, b] = [orderValue(one, field), orderValue(other, field)];
    if (a !== b && (a === null || b === null)) return a === null ? 1 : -1;
    if (a !== b) return sign * ((a ?? 0) - (b ?? 0));
    return sign * (one.id < other.id ? -1 : 1);
  };
}
