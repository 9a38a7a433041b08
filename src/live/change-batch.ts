import { type CallFilter, filtersIn } from '../calls/filter/call-filter.values.js';
import { type CallSnapshot, isFound } from '../calls/filter/call-match.js';
import type { LogPosition } from '../changes/change.queries.js';
import { duplicateOf, leavesLists } from '../changes/change-kind.js';
import { comparePositions } from '../changes/log-position.js';
import { type Account, runFor } from '../db/connection/account.js';
import type { CallRow } from '../db/tables/calls.js';
import type { CallTransition } from './call-transition.values.js';
import { jsonSize, type KnownSizes } from './json-size.js';
import {
  type ChangeRow,
  type LiveQueries,
  PAGE_BYTES,
  type RecordedChange,
  type RecordRow,
} from './live.queries.js';
import { loggedFields, putBack } from './past-call.js';

export interface LiveChange extends ChangeRow {
  matches: boolean;
  transition: CallTransition;
}

export interface Interest {
  callId: string | null;
  filter: CallFilter | null;
}

const MUCH = 4 * PAGE_BYTES;

interface LiveRecord {
  row: CallRow;
  aliases: string[];
  now: CallSnapshot;
  past: { position: LogPosition; call: CallSnapshot }[];
}

export class ChangeBatch {
  readonly account: Account;
  readonly changes: readonly ChangeRow[];
  readonly #records: Map<string, LiveRecord>;

  private constructor(account: Account, changes: ChangeRow[], records: Map<string, LiveRecord>) {
    this.account = account;
    this.changes = changes;
    this.#records = records;
  }

  /** Reads nothing if the changes alone are enough. Patches that changed nothing are not sent. */
  static async read(
    queries: LiveQueries,
    account: Account,
    rows: ChangeRow[],
    interests: Interest[],
  ): Promise<ChangeBatch> {
    const changes = rows.filter(({ revision }) => revision !== null);
    const isAboutCalls = interests.some(({ callId, filter }) => callId !== null || filter !== null);
    if (!isAboutCalls || changes.length === 0) return new ChangeBatch(account, changes, new Map());
    const filters = interests.flatMap(({ filter }) => filter ?? []);
    const records = await readRecords(queries, account, recordRequests(changes), filters);
    return new ChangeBatch(account, changes, records);
  }

  get calls(): [id: string, row: CallRow][] {
    return [...this.#records.keys()].flatMap((id) => {
      const live = this.#liveOf(id);
      return live === undefined ? [] : [[id, live.row] satisfies [string, CallRow]];
    });
  }

  select({ callId, filter }: Interest, changes = this.changes): LiveChange[] {
    return changes.flatMap((change) => {
      // No filter can be judged any more, and each list and cache must drop the call.
      if (change.kind === 'ERASED') {
        return callId === null || callId === change.callId ? [judged(change, false, true)] : [];
      }
      const isGone = leavesLists(change);
      if (callId !== null) {
        const isOwn = this.#isOf(change, callId);
        return isOwn ? [{ ...change, matches: !isGone, transition: 'STILL' } satisfies LiveChange] : [];
      }
      if (filter === null) return [judged(change, !isGone, change.kind !== 'REGISTERED')];
      const live = this.#liveOf(change.callId);
      const matches = !isGone && live !== undefined && isFound(filter, live.now);
      const was = this.#wasFound(change, filter);
      return matches || was || this.#duplicateWasFound(change, filter) ? [judged(change, matches, was)] : [];
    });
  }

  get isLarge(): boolean {
    let left = MUCH;
    const known: KnownSizes = new WeakMap();
    for (const { row, now, past } of this.#records.values()) {
      for (const { text } of now.transcripts) left -= text.length;
      for (const { metadata } of [row, ...past.map(({ call }) => call)]) {
        left -= jsonSize(metadata, left, known);
        if (left < 0) return true;
      }
    }
    return false;
  }

  #liveOf(id: string): LiveRecord | undefined {
    const record = this.#records.get(id);
    return record?.row.joinedInto ? this.#liveOf(record.row.joinedInto) : record;
  }

  #isOf(change: ChangeRow, callId: string): boolean {
    const live = this.#liveOf(change.callId);
    return live !== undefined && (live.row.id === callId || live.aliases.includes(callId));
  }

  #wasFound(change: ChangeRow, filter: CallFilter): boolean {
    const record = this.#records.get(change.callId);
    return change.kind !== 'REGISTERED' && record !== undefined && isFound(filter, before(record, change));
  }

  #duplicateWasFound(change: ChangeRow, filter: CallFilter): boolean {
    const duplicate = this.#records.get(duplicateOf(change) ?? '');
    return duplicate !== undefined && isFound(filter, duplicate.now);
  }
}

function judged(change: ChangeRow, matches: boolean, was: boolean): LiveChange {
  return { ...change, matches, transition: matches ? (was ? 'STILL' : 'ENTERED') : 'LEFT' };
}

function before({ past, now }: LiveRecord, change: ChangeRow): CallSnapshot {
  return past.find(({ position }) => comparePositions(position, change) >= 0)?.call ?? now;
}

interface RecordRequest {
  id: string;
  label: string;
  seq: string;
}

function recordRequests(changes: ChangeRow[]): RecordRequest[] {
  const requests = new Map<string, RecordRequest>();
  const add = (id: string | null, { label, seq }: ChangeRow) => {
    if (id !== null && !requests.has(id)) requests.set(id, { id, label, seq });
  };
  for (const change of changes) {
    add(change.callId, change);
    add(duplicateOf(change), change);
  }
  return [...requests.values()];
}

async function readRecords(
  queries: LiveQueries,
  account: Account,
  requests: RecordRequest[],
  filters: CallFilter[],
  records = new Map<string, LiveRecord>(),
): Promise<Map<string, LiveRecord>> {
  const members = filters.flatMap(filtersIn);
  const has = (member: keyof CallFilter) => members.some((each) => each[member] !== undefined);
  const parameters = {
    organization: account.organization,
    ids: requests.map(({ id }) => id),
    labels: requests.map(({ label }) => label),
    seqs: requests.map(({ seq }) => seq),
    everything: has('updatedAt'),
    transcripts: has('search'),
    deliveries: has('deliveryState'),
    keys: [...new Set(filters.flatMap(loggedFields))],
  };
  const rows = await runFor(account, () => queries.records.execute(parameters));
  for (const row of rows) records.set(row.call.id, toRecord(row));
  const others = new Set(rows.flatMap(({ call }) => call.joinedInto ?? []).filter((id) => !records.has(id)));
  if (others.size === 0) return records;
  const more = [...others].map((id) => ({ id, label: NEVER, seq: NEVER }));
  return readRecords(queries, account, more, filters, records);
}

const NEVER = String(2n ** 63n - 1n);

function toRecord(row: RecordRow): LiveRecord {
  const { call, aliases, voiceCall, changes, changedBefore } = row;
  const now: CallSnapshot = {
    ...call,
    voiceCall,
    references: row.references ?? [],
    groups: row.groups ?? [],
    recordings: row.recordings ?? [],
    transcripts: row.transcripts ?? [],
    deliveryStates: row.deliveryStates ?? [],
  };
  const past: LiveRecord['past'] = [];
  const later = changes ?? [];
  let state = now;
  for (let index = later.length - 1; index >= 0; index -= 1) {
    const change = later[index] as RecordedChange;
    // If changes are missing between these two, no filter reads the time.
    const changedAt = later[index - 1]?.recordedAt ?? changedBefore;
    state = { ...putBack(state, change), ...(changedAt !== null && { updatedAt: new Date(changedAt) }) };
    past.push({ position: change, call: state });
  }
  return { row: call, aliases, now, past: past.reverse() };
}
