import type { CallFilter } from '../calls/call-filter.js';
import { type CallSnapshot, isFound } from '../calls/call-match.js';
import type { LogPosition } from '../changes/change.queries.js';
import { leavesLists } from '../changes/change-kind.js';
import { comparePositions } from '../changes/log-position.js';
import { type Account, begunFor } from '../db/account.js';
import type { CallRow } from '../db/tables/calls.js';
import { jsonSize, type KnownSizes } from './json-size.js';
import {
  type ChangeRow,
  type LiveQueries,
  PAGE_BYTES,
  type RecordedChange,
  type RecordRow,
} from './live.queries.js';
import { loggedFields, putBack } from './past-call.js';

/** A change as a subscriber is told of it. */
export interface LiveChange extends ChangeRow {
  /** Whether the subscription finds the call now; true where it has no filter, but for a record that leaves all lists. */
  matches: boolean;
}

/** Which changes of an organization a subscription is about. */
export interface Interest {
  /** One call, by the id of any of its records; null for all. */
  callId: string | null;
  filter: CallFilter | null;
}

const MUCH = 4 * PAGE_BYTES;

/** A record of a call. */
interface LiveRecord {
  row: CallRow;
  /** The records that were joined into it. */
  aliases: string[];
  /** A joined record as it was when it was joined. */
  now: CallSnapshot;
  /** What it was before some of its changes, in the order of the log: before those that a filter may notice. */
  past: { place: LogPosition; call: CallSnapshot }[];
}

/** Some changes of an organization in the order of the log, with their calls: read once for all who are told of them. */
export class Batch {
  /** What is read about the changes is charged to it. */
  readonly account: Account;
  /** The effective ones. */
  readonly changes: readonly ChangeRow[];
  readonly #records: Map<string, LiveRecord>;

  private constructor(account: Account, changes: ChangeRow[], records: Map<string, LiveRecord>) {
    this.account = account;
    this.changes = changes;
    this.#records = records;
  }

  /**
   * Reads what those who are interested need to know of the calls; nothing where the changes alone are enough. A patch that
   * changed nothing is left out: it is in the history, and nobody is told.
   */
  static async read(
    queries: LiveQueries,
    account: Account,
    rows: ChangeRow[],
    interests: Interest[],
  ): Promise<Batch> {
    const changes = rows.filter(({ revision }) => revision !== null);
    const isAboutCalls = interests.some(({ callId, filter }) => callId !== null || filter !== null);
    if (!isAboutCalls || changes.length === 0) return new Batch(account, changes, new Map());
    const filters = interests.flatMap(({ filter }) => filter ?? []);
    const records = await readRecords(queries, account, firstOfEach(changes), filters);
    return new Batch(account, changes, records);
  }

  /** The present rows of calls that were read, by the ids of their records. */
  get calls(): [id: string, row: CallRow][] {
    return [...this.#records.keys()].flatMap((id) => {
      const live = this.#liveOf(id);
      return live === undefined ? [] : [[id, live.row] satisfies [string, CallRow]];
    });
  }

  /** Of some of the changes, those that somebody with this interest is told of. */
  select({ callId, filter }: Interest, changes = this.changes): LiveChange[] {
    return changes.flatMap((change) => {
      if (callId !== null && !this.#isOf(change, callId)) return [];
      const isGone = leavesLists(change);
      if (filter === null) return [{ ...change, matches: !isGone }];
      const live = this.#liveOf(change.callId);
      const matches = !isGone && live !== undefined && isFound(filter, live.now);
      return matches || this.#wasFound(change, filter) ? [{ ...change, matches }] : [];
    });
  }

  /** Whether what was read of the calls is much more than a page of changes. */
  get isLarge(): boolean {
    let left = MUCH;
    const known: KnownSizes = new WeakMap();
    for (const { row, past } of this.#records.values()) {
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

  /** A joined record leaves the lists that it was in: what is joined was found before where either of the two was. */
  #wasFound(change: ChangeRow, filter: CallFilter): boolean {
    const record = this.#records.get(change.callId);
    if (change.kind !== 'REGISTERED' && record !== undefined && isFound(filter, before(record, change))) {
      return true;
    }
    const duplicate = this.#records.get(duplicateOf(change) ?? '');
    return duplicate !== undefined && isFound(filter, duplicate.now);
  }
}

/** The record just before the change: changes that no filter notices leave it as it was. */
function before({ past, now }: LiveRecord, change: ChangeRow): CallSnapshot {
  return past.find(({ place }) => comparePositions(place, change) >= 0)?.call ?? now;
}

/** The record that a JOINED change has joined into its call. */
function duplicateOf({ kind, newValues }: ChangeRow): string | null {
  const { duplicate } = newValues as { duplicate?: { id: string } };
  return kind === 'JOINED' ? (duplicate?.id ?? null) : null;
}

interface Wanted {
  id: string;
  /** Where the changes begin that are to be put back. */
  label: string;
  seq: string;
}

function firstOfEach(changes: ChangeRow[]): Wanted[] {
  const wanted = new Map<string, Wanted>();
  const want = (id: string | null, { label, seq }: ChangeRow) => {
    if (id !== null && !wanted.has(id)) wanted.set(id, { id, label, seq });
  };
  for (const change of changes) {
    want(change.callId, change);
    want(duplicateOf(change), change);
  }
  return [...wanted.values()];
}

async function readRecords(
  queries: LiveQueries,
  account: Account,
  wanted: Wanted[],
  filters: CallFilter[],
  known = new Map<string, LiveRecord>(),
): Promise<Map<string, LiveRecord>> {
  const asked = {
    organization: account.organization,
    ids: wanted.map(({ id }) => id),
    labels: wanted.map(({ label }) => label),
    seqs: wanted.map(({ seq }) => seq),
    everything: filters.some(({ updatedAt }) => updatedAt !== undefined),
    keys: [...new Set(filters.flatMap(loggedFields))],
  };
  const rows = await begunFor(account, () => queries.records.execute(asked));
  for (const row of rows) known.set(row.call.id, toRecord(row));
  // Joined meanwhile or long ago: its call is the one that is shown. None of that one's changes is put back.
  const others = new Set(rows.flatMap(({ call }) => call.joinedInto ?? []).filter((id) => !known.has(id)));
  if (others.size === 0) return known;
  const more = [...others].map((id) => ({ id, label: NEVER, seq: NEVER }));
  return readRecords(queries, account, more, filters, known);
}

const NEVER = String(2n ** 63n - 1n);

function toRecord(row: RecordRow): LiveRecord {
  const { call, aliases, references, groups, hasVoiceCall, changes, changedBefore } = row;
  const systems = references?.map(({ system }) => system) ?? [];
  const now: CallSnapshot = { ...call, systems, groups: groups ?? [], hasVoiceCall };
  const past: LiveRecord['past'] = [];
  const later = changes ?? [];
  let state = now;
  for (let index = later.length - 1; index >= 0; index -= 1) {
    const change = later[index] as RecordedChange;
    // Where changes are missing between these two no filter looks at the time.
    const changedAt = later[index - 1]?.recordedAt ?? changedBefore;
    state = { ...putBack(state, change), ...(changedAt !== null && { updatedAt: new Date(changedAt) }) };
    past.push({ place: change, call: state });
  }
  return { row: call, aliases, now, past: past.reverse() };
}
