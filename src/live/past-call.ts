import type { CallSystem } from '../calls/call.enums.js';
import type { GroupName } from '../calls/call-group.store.js';
import type { CallSnapshot } from '../calls/call-match.js';
import type { RecordedChange } from './live.queries.js';

/** What a log row may show of a call before it, of what filters look at; times as text. */
interface LoggedValues {
  status: CallSnapshot['status'];
  direction: CallSnapshot['direction'];
  from: string | null;
  to: string | null;
  customerNumber: string | null;
  assistant: CallSnapshot['assistant'];
  channelId: string | null;
  tags: string[];
  duration: number | null;
  startedAt: string | null;
  endedAt: string | null;
  metadata: Record<string, unknown> | null;
  references: { system: CallSystem }[] | null;
  groups: GroupName[] | null;
  /** Null where there was none before. */
  voiceCall: object | null;
}

const AS_LOGGED = [
  'status',
  'direction',
  'from',
  'to',
  'customerNumber',
  'assistant',
  'channelId',
  'tags',
  'duration',
] as const satisfies readonly (keyof LoggedValues & keyof CallSnapshot)[];

/** The call as it was before a change which left it so: the old values put back. `updatedAt` is left as it is. */
export function putBack(
  call: CallSnapshot,
  { oldValues, newMetadata }: Pick<RecordedChange, 'oldValues' | 'newMetadata'>,
): CallSnapshot {
  const old: Partial<LoggedValues> = oldValues;
  const { startedAt, endedAt, metadata, references, groups, voiceCall } = old;
  const plain = AS_LOGGED.filter((field) => old[field] !== undefined).map((field) => [field, old[field]]);
  return {
    ...call,
    ...Object.fromEntries(plain),
    ...(startedAt !== undefined && { startedAt: instant(startedAt) }),
    ...(endedAt !== undefined && { endedAt: instant(endedAt) }),
    ...(metadata !== undefined && { metadata: metadataBefore(call.metadata, metadata, newMetadata) }),
    ...(references !== undefined && { systems: references?.map(({ system }) => system) ?? [] }),
    ...(groups !== undefined && { groups: groups ?? [] }),
    ...(voiceCall === null && { hasVoiceCall: false }),
  };
}

const instant = (text: string | null) => (text === null ? null : new Date(text));

/** A log row has the members that differ: those that were there before, and those that are there now. */
function metadataBefore(
  metadata: Record<string, unknown>,
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
): Record<string, unknown> {
  const untouched = Object.entries(metadata).filter(([key]) => !Object.hasOwn(after ?? {}, key));
  return Object.fromEntries([...untouched, ...Object.entries(before ?? {})]);
}

/** By the members of a filter, what a log row calls the field that they look at; what never changes is not among them. */
const LOGGED_AS = {
  status: 'status',
  direction: 'direction',
  system: 'references',
  from: 'from',
  to: 'to',
  customerNumber: 'customerNumber',
  assistantId: 'assistant',
  channelId: 'channelId',
  group: 'groups',
  tags: 'tags',
  metadata: 'metadata',
  startedAt: 'startedAt',
  endedAt: 'endedAt',
  duration: 'duration',
  hasVoiceCall: 'voiceCall',
} as const;

/** The fields of log rows that a filter needs to be judged on the past. */
export function loggedFields(filter: object): string[] {
  return Object.keys(filter).flatMap((member) =>
    member in LOGGED_AS ? LOGGED_AS[member as keyof typeof LOGGED_AS] : [],
  );
}
