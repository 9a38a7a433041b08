import type { CallSystem } from '../calls/call.enums.js';
import type { CallSnapshot } from '../calls/filter/call-match.js';
import type { GroupName } from '../calls/group/call-group.values.js';
import type { RecordedChange } from './live.queries.js';

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

function metadataBefore(
  metadata: Record<string, unknown>,
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
): Record<string, unknown> {
  const untouched = Object.entries(metadata).filter(([key]) => !Object.hasOwn(after ?? {}, key));
  return Object.fromEntries([...untouched, ...Object.entries(before ?? {})]);
}

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

export function loggedFields(filter: object): string[] {
  return Object.keys(filter).flatMap((member) =>
    member in LOGGED_AS ? LOGGED_AS[member as keyof typeof LOGGED_AS] : [],
  );
}
