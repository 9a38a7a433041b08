import type { CallSystem } from '../calls/call.enums.js';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { filtersIn } from '../calls/filter/call-filter.values.js';
import type { CallSnapshot } from '../calls/filter/call-match.js';
import type { RecordedName, SnapshotVoiceCall } from '../calls/filter/call-snapshot.values.js';
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
  ringingAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  metadata: Record<string, unknown> | null;
  references: { system: CallSystem; value: string }[] | null;
  groups: GroupName[] | null;
  voiceCall: SnapshotVoiceCall | null;
  recordings: RecordedName[];
  transcripts: RecordedName[];
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
  { oldValues, newValues }: Pick<RecordedChange, 'oldValues' | 'newValues'>,
): CallSnapshot {
  const old: Partial<LoggedValues> = oldValues;
  const now: Partial<LoggedValues> = newValues;
  const { ringingAt, startedAt, endedAt, metadata, references, groups, voiceCall } = old;
  const plain = AS_LOGGED.filter((field) => old[field] !== undefined).map((field) => [field, old[field]]);
  return {
    ...call,
    ...Object.fromEntries(plain),
    ...(ringingAt !== undefined && { ringingAt: instant(ringingAt) }),
    ...(startedAt !== undefined && { startedAt: instant(startedAt) }),
    ...(endedAt !== undefined && { endedAt: instant(endedAt) }),
    ...(metadata !== undefined && {
      metadata: metadataBefore(call.metadata, metadata, now.metadata ?? null),
    }),
    ...(references !== undefined && { references: references ?? [] }),
    ...(groups !== undefined && { groups: groups ?? [] }),
    ...(voiceCall !== undefined && { voiceCall: voiceCall && { ...call.voiceCall, ...voiceCall } }),
    ...(now.recordings && { recordings: withoutAdded(call.recordings, old.recordings, now.recordings) }),
    ...(now.transcripts && { transcripts: withoutAdded(call.transcripts, old.transcripts, now.transcripts) }),
  };
}

/** What was replaced stays as it is now: the log does not keep the texts of transcripts. */
function withoutAdded<Each extends RecordedName>(
  present: readonly Each[],
  before: readonly RecordedName[] = [],
  after: readonly RecordedName[],
): Each[] {
  const nameOf = ({ system, vendorId }: RecordedName) => JSON.stringify([system, vendorId]);
  const replaced = new Set(before.map(nameOf));
  const added = new Set(after.map(nameOf).filter((name) => !replaced.has(name)));
  return present.filter((each) => !added.has(nameOf(each)));
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

const LOGGED_AS: { [Member in keyof CallFilter]?: readonly (keyof LoggedValues)[] } = {
  status: ['status'],
  direction: ['direction'],
  system: ['references'],
  from: ['from'],
  to: ['to'],
  customerNumber: ['customerNumber'],
  assistantId: ['assistant'],
  channelId: ['channelId'],
  group: ['groups'],
  tags: ['tags'],
  metadata: ['metadata'],
  startedAt: ['startedAt'],
  endedAt: ['endedAt'],
  occurredAt: ['startedAt', 'ringingAt'],
  duration: ['duration'],
  hasVoiceCall: ['voiceCall'],
  staffUid: ['voiceCall'],
  clientUid: ['voiceCall'],
  hasRecording: ['recordings'],
  search: ['from', 'to', 'customerNumber', 'references', 'assistant', 'tags', 'voiceCall', 'transcripts'],
};

export function loggedFields(filter: CallFilter): string[] {
  return filtersIn(filter).flatMap((each) =>
    Object.keys(each).flatMap((member) => LOGGED_AS[member as keyof CallFilter] ?? []),
  );
}
