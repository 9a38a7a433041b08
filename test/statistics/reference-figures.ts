/** What the property test knows of a call: written from the schema, without the gateway's code. */
export interface CountedCall {
  id: string;
  status: string;
  vendorStatus: string | null;
  direction: string;
  references: { system: string }[];
  assistant: { assistantId: string; name: string | null } | null;
  channelId: string | null;
  tags: string[];
  metadata: Record<string, unknown>;
  duration: number | null;
  startedAt: string | null;
  ringingAt: string | null;
  createdAt: string;
  answeredAt: string | null;
  cost: { total: string | null; currency: string } | null;
  voiceCall: { status: string; staffUid: string; handledByStaffUid: string | null } | null;
}

export const COUNTED = `id vendorStatus ringingAt answeredAt cost { total currency }
  assistant { assistantId name } voiceCall { id status staffUid handledByStaffUid }`;

export type Dimension = { field: string } | { occurredAt: string } | { metadata: string[] };
type Key = string | null;

const orNone = (values: Key[]): Key[] => (values.length === 0 ? [null] : [...new Set(values)]);

function keysOf(call: CountedCall, dimension: Dimension, timeZone: string): Key[] {
  if ('occurredAt' in dimension) {
    const occurred = new Date(call.startedAt ?? call.ringingAt ?? call.createdAt);
    return [beginning(occurred, dimension.occurredAt, timeZone).toISOString()];
  }
  if ('metadata' in dimension) {
    let value: unknown = call.metadata;
    for (const key of dimension.metadata) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined;
    }
    return [['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null];
  }
  const { voiceCall } = call;
  const status = voiceCall?.status === 'VOICEMAIL_RECEIVED' ? 'VOICEMAIL' : voiceCall?.status;
  const values: Record<string, Key[]> = {
    STATUS: [call.status],
    VENDOR_STATUS: [call.vendorStatus],
    DIRECTION: [call.direction],
    SYSTEM: orNone(call.references.map(({ system }) => system)),
    ASSISTANT: [call.assistant?.assistantId ?? null],
    CHANNEL: [call.channelId],
    STAFF: [voiceCall?.handledByStaffUid ?? voiceCall?.staffUid ?? null],
    TAG: orNone(call.tags),
    VOICE_CALL_STATUS: [status ?? null],
  };
  return values[dimension.field] ?? [];
}

/** Milliseconds that the clocks there are ahead of UTC. */
function offsetOf(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(instant.getTime() / 1000) * 1000;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function beginning(instant: Date, bucket: string, timeZone: string): Date {
  const offset = offsetOf(instant, timeZone);
  const local = new Date(instant.getTime() + offset);
  if (bucket === 'HOUR') return new Date(Math.floor(local.getTime() / HOUR) * HOUR - offset);
  let day = Math.floor(local.getTime() / DAY) * DAY;
  if (bucket === 'WEEK') day -= ((new Date(day).getUTCDay() + 6) % 7) * DAY;
  if (bucket === 'MONTH') day = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1);
  // The first instant whose local day it is: midnight, or what comes after a gap at midnight.
  for (let at = day - 15 * HOUR; ; at += HOUR / 4) {
    if (at + offsetOf(new Date(at), timeZone) >= day) return new Date(at);
  }
}

const compare = (one: Key, other: Key): number =>
  one === other
    ? 0
    : one === null
      ? 1
      : other === null
        ? -1
        : Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Of a list in ascending order; between two, in proportion. */
function quantile(sorted: number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const at = (sorted.length - 1) * share;
  const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** In units of 10^-20, which is more than any cost of the test has. */
const SCALE = 20;

function units(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return decimal.startsWith('-') ? -value : value;
}

function figuresOf(calls: CountedCall[]) {
  const durations = calls.flatMap(({ duration }) => duration ?? []).toSorted((a, b) => a - b);
  const sum = durations.reduce((a, b) => a + b, 0);
  const costs = new Map<string, bigint>();
  for (const { cost } of calls) {
    if (cost?.total != null) costs.set(cost.currency, (costs.get(cost.currency) ?? 0n) + units(cost.total));
  }
  return {
    calls: calls.length,
    answered: calls.filter(
      ({ status, answeredAt }) => ['IN_PROGRESS', 'COMPLETED'].includes(status) || answeredAt !== null,
    ).length,
    duration: {
      sum,
      average: durations.length === 0 ? null : sum / durations.length,
      median: quantile(durations, 0.5),
      p95: quantile(durations, 0.95),
    },
    costs: [...costs]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, total]) => ({ currency, total })),
  };
}

export function referenceFigures(calls: CountedCall[], by: Dimension[], timeZone: string) {
  const groups = new Map<string, { keys: Key[]; calls: CountedCall[] }>();
  const [first, second] = by;
  for (const call of calls) {
    for (const one of first === undefined ? [undefined] : keysOf(call, first, timeZone)) {
      for (const other of second === undefined ? [undefined] : keysOf(call, second, timeZone)) {
        const keys = [one, other].filter((key) => key !== undefined);
        const name = JSON.stringify(keys);
        const group = groups.get(name) ?? { keys, calls: [] };
        group.calls.push(call);
        groups.set(name, group);
      }
    }
  }
  if (by.length === 0 && groups.size === 0) groups.set('', { keys: [], calls: [] });
  return [...groups.values()]
    .toSorted(
      (a, b) =>
        compare(a.keys[0] ?? null, b.keys[0] ?? null) || compare(a.keys[1] ?? null, b.keys[1] ?? null),
    )
    .map(({ keys, calls: found }) => ({ keys, ...figuresOf(found) }));
}

/** Costs as the reference has them, and averages without the last digits. */
export function comparable(rows: ReturnType<typeof referenceFigures> | { costs: { total: string }[] }[]) {
  const rounded = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value);
  return (rows as { duration?: object; costs: { total: bigint | string }[] }[]).map((row) => ({
    ...row,
    duration: Object.fromEntries(
      Object.entries(row.duration ?? {}).map(([name, value]) => [name, rounded(value)]),
    ),
    costs: row.costs.map((cost) => ({
      ...cost,
      total: typeof cost.total === 'string' ? units(cost.total) : cost.total,
    })),
  }));
}

/** A final sigma is a sigma. */
const folded = (text: string) => text.toLowerCase().replaceAll('ς', 'σ');

/** The most frequent first. */
export function referenceFacet(calls: CountedCall[], field: string, startsWith: string | null) {
  return referenceFigures(calls, [{ field }], 'UTC')
    .filter(({ keys: [key] }) => key != null && folded(key).startsWith(folded(startsWith ?? '')))
    .toSorted((a, b) => b.calls - a.calls)
    .map(({ keys: [value], calls: count }) => ({ value, calls: count }));
}
