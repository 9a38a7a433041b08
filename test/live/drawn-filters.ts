import fc from 'fast-check';
import { filterMembers } from '../calls/call-arbitraries.js';
import type { Filter } from '../calls/reference-filter.js';
import type { Variables } from '../support/gateway.js';

/**
 * A time that is known only once there are calls: milliseconds from just before the first write, so that calls pass it
 * while they are written.
 */
const moment = fc.integer({ min: -20, max: 400 }).map((shift) => `start ${shift}`);

const MEMBERS = filterMembers({ createdAt: moment, updatedAt: moment });

/** Filters of one or two members, because larger ones find hardly any call. */
const anyFilters: fc.Arbitrary<Filter[]> = fc.array(
  fc
    .subarray(Object.keys(MEMBERS) as (keyof typeof MEMBERS)[], { minLength: 1, maxLength: 2 })
    .chain((names) => {
      const chosen = names.map((name) => [name, MEMBERS[name] as fc.Arbitrary<unknown>] as const);
      return fc.record(Object.fromEntries(chosen)) as fc.Arbitrary<Filter>;
    }),
  { minLength: 8, maxLength: 8 },
);

/** Filters, half of which find a call as it is before the writes: many of these calls leave their lists. */
export const filtersFor = (calls: readonly { input: Variables }[]): fc.Arbitrary<Filter[]> =>
  fc
    .tuple(
      anyFilters,
      fc.shuffledSubarray(
        calls.flatMap(({ input }) => findersOf(input)),
        { maxLength: 8 },
      ),
    )
    .map(([some, others]) => [...some, ...others]);

function findersOf(input: Variables): Filter[] {
  const only = (value: unknown) => ({
    from: value,
    to: new Date(Date.parse(String(value)) + 1).toISOString(),
  });
  const finders: Record<string, (value: unknown) => unknown> = {
    status: (value) => ({ status: [value] }),
    direction: (value) => ({ direction: [value] }),
    from: (value) => ({ from: value }),
    to: (value) => ({ to: value }),
    customerNumber: (value) => ({ customerNumber: value }),
    assistant: (value) => ({ assistantId: (value as { assistantId: string }).assistantId }),
    channelId: (value) => ({ channelId: value }),
    groups: (value) => ({ group: (value as Filter['group'][])[0] }),
    tags: (value) => ({ tags: { allOf: value } }),
    metadata: (value) => ({ metadata: { contains: value } }),
    ringingAt: (value) => ({ occurredAt: only(value) }),
    recordings: () => ({ hasRecording: true }),
    transcripts: (value) => ({ search: spokenIn(value) }),
    startedAt: (value) => ({ startedAt: only(value) }),
    endedAt: (value) => ({ endedAt: only(value), hasVoiceCall: false }),
    duration: (value) => ({ duration: { min: value, max: value } }),
  };
  return Object.entries(input).map(([field, value]) => finders[field]?.(value) as Filter);
}

function spokenIn(transcripts: unknown): string {
  const [{ summary, lines } = { summary: null, lines: [] }] = transcripts as {
    summary: string | null;
    lines: { text: string }[];
  }[];
  return lines[0]?.text ?? summary ?? 'nothing';
}

export function timed(filter: Filter, start: number): Filter {
  return JSON.parse(
    JSON.stringify(filter, (_key, value: unknown) => {
      const [, shift] = (typeof value === 'string' && /^start (-?\d+)$/.exec(value)) || [];
      return shift === undefined ? value : new Date(start + Number(shift)).toISOString();
    }),
  );
}

/** Filters whose bounds equal a call's values, or differ by a millisecond. */
export function filtersAt(times: readonly string[]): Filter[] {
  return times.flatMap((time, index) => {
    const bound = new Date(Date.parse(time) + (index % 3) - 1).toISOString();
    return [{ updatedAt: { to: bound } }, { updatedAt: { from: bound } }];
  });
}
