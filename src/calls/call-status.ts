import type { CallStatus } from './call.enums.js';

const TERMINAL: ReadonlySet<CallStatus> = new Set([
  'COMPLETED',
  'NO_ANSWER',
  'VOICEMAIL',
  'BUSY',
  'CANCELED',
  'FAILED',
]);

/** An ended call: no live status may replace this one. */
export function isTerminal(status: CallStatus): boolean {
  return TERMINAL.has(status);
}

/** The vendors' words: Burki, vcita, Bird, Creovai, and Twilio's and Vonage's beside them. Spelled as `spelling` has them. */
const WORDS: Readonly<Record<string, CallStatus>> = {
  scheduled: 'SCHEDULED',
  accepted: 'QUEUED',
  queued: 'QUEUED',
  starting: 'STARTING',
  initiated: 'STARTING',
  started: 'STARTING',
  ringing: 'RINGING',
  incomingcall: 'RINGING',
  ongoing: 'IN_PROGRESS',
  inprogress: 'IN_PROGRESS',
  answered: 'IN_PROGRESS',
  completed: 'COMPLETED',
  concluded: 'COMPLETED',
  complete: 'COMPLETED',
  excluded: 'COMPLETED',
  missed: 'NO_ANSWER',
  missedcallhandled: 'NO_ANSWER',
  noanswer: 'NO_ANSWER',
  unanswered: 'NO_ANSWER',
  timeout: 'NO_ANSWER',
  voicemail: 'VOICEMAIL',
  voicemailreceived: 'VOICEMAIL',
  machine: 'VOICEMAIL',
  busy: 'BUSY',
  canceled: 'CANCELED',
  cancelled: 'CANCELED',
  failed: 'FAILED',
  rejected: 'FAILED',
};

/** vcita's words that name who answered, whether the call goes on or is over. */
const ANSWERED: ReadonlySet<string> = new Set(['answeredbystaff', 'answeredbycallsprovider']);

/** Vendors write one word in several ways: in-progress, InProgress, in_progress, In Progress. */
const spelling = (word: string) => word.toLowerCase().replaceAll(/[\s_-]/g, '');

/** What beside the word decides: vcita's "answered" says only with a duration that the call is over. */
export interface StatusFacts {
  /** Seconds. */
  duration: number | null;
  scheduledFor?: Date | null;
  answeredAt?: Date | null;
}

/** The status that a vendor's word stands for; UNKNOWN for a word that no vendor's documentation has. */
export function statusOfWord(word: string, { duration, scheduledFor }: StatusFacts): CallStatus {
  const key = spelling(word);
  if (ANSWERED.has(key)) return duration ? 'COMPLETED' : 'IN_PROGRESS';
  if (key === 'accepted' && scheduledFor && scheduledFor.getTime() > Date.now()) return 'SCHEDULED';
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'UNKNOWN') : 'UNKNOWN';
}

/** A call's status and the vendor's own word for it, which change together. */
export interface StatusPair {
  status: CallStatus;
  vendorStatus: string | null;
}

interface GivenStatus {
  status?: CallStatus | null | undefined;
  vendorStatus?: string | null | undefined;
}

/** The status that is given, itself or by a vendor's word; null where none is. */
export function givenStatus({ status, vendorStatus }: GivenStatus, facts: StatusFacts): CallStatus | null {
  return status ?? (vendorStatus == null ? null : statusOfWord(vendorStatus, facts));
}

/** Whether a status says that a call goes on. A word that no vendor's documentation has says nothing. */
export function isLive(status: CallStatus): boolean {
  return !isTerminal(status) && status !== 'UNKNOWN';
}

/** Vendors send "completed" last, whatever happened: over one of these it counts only with a sign of an answer. */
const UNANSWERED: ReadonlySet<CallStatus> = new Set(['NO_ANSWER', 'BUSY', 'CANCELED', 'FAILED']);

const isAnswered = ({ answeredAt, duration }: Partial<StatusFacts>) => Boolean(answeredAt || duration);

/**
 * The pair after a write. `status` alone clears the word, the word alone derives the status, null clears the word; without
 * either a status that the stored word stands for follows the facts. A live status never replaces a terminal one, nor
 * COMPLETED one of a call that was not answered, and then neither changes.
 */
export function nextStatus(
  stored: StatusPair & Partial<StatusFacts>,
  given: GivenStatus,
  facts: StatusFacts,
): StatusPair {
  // Not `stored` itself: callers pass whole calls, and spread what they get over other values.
  const unchanged = { status: stored.status, vendorStatus: stored.vendorStatus };
  const next = wanted(stored, given, facts);
  if (isTerminal(stored.status) && !isTerminal(next.status)) return unchanged;
  const isDoubtful = UNANSWERED.has(stored.status) && next.status === 'COMPLETED';
  return isDoubtful && !isAnswered(facts) && !isAnswered(stored) ? unchanged : next;
}

function wanted(
  stored: StatusPair & Partial<StatusFacts>,
  { status, vendorStatus }: GivenStatus,
  facts: StatusFacts,
): StatusPair {
  if (status) return { status, vendorStatus: vendorStatus ?? null };
  if (vendorStatus === undefined) return followed(stored, facts);
  if (vendorStatus === null) return { status: stored.status, vendorStatus: null };
  return { status: statusOfWord(vendorStatus, facts), vendorStatus };
}

function followed(stored: StatusPair & Partial<StatusFacts>, facts: StatusFacts): StatusPair {
  const { status, vendorStatus, duration = null, scheduledFor = null } = stored;
  const isDerived =
    vendorStatus !== null && status === statusOfWord(vendorStatus, { duration, scheduledFor });
  return { status: isDerived ? statusOfWord(vendorStatus, facts) : status, vendorStatus };
}
