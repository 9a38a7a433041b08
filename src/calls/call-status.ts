import { spelling } from '../foundation/spelling.js';
import type { CallStatus } from './call.enums.js';

const TERMINAL: ReadonlySet<CallStatus> = new Set([
  'COMPLETED',
  'NO_ANSWER',
  'VOICEMAIL',
  'BUSY',
  'CANCELED',
  'FAILED',
]);

export function isTerminal(status: CallStatus): boolean {
  return TERMINAL.has(status);
}

/** Burki, vcita, Bird, Creovai, Twilio and Vonage; keys as `spelling` gives them. */
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

/** vcita uses these for ongoing and for ended calls; only a duration shows that the call has ended. */
const ANSWERED: ReadonlySet<string> = new Set(['answeredbystaff', 'answeredbycallsprovider']);

export interface StatusFacts {
  /** Seconds. */
  duration: number | null;
  scheduledFor?: Date | null;
  answeredAt?: Date | null;
}

export function statusOfWord(word: string, { duration, scheduledFor }: StatusFacts): CallStatus {
  const key = spelling(word);
  if (ANSWERED.has(key)) return duration ? 'COMPLETED' : 'IN_PROGRESS';
  if (key === 'accepted' && scheduledFor && scheduledFor.getTime() > Date.now()) return 'SCHEDULED';
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'UNKNOWN') : 'UNKNOWN';
}

export interface StatusPair {
  status: CallStatus;
  vendorStatus: string | null;
}

interface GivenStatus {
  status?: CallStatus | null | undefined;
  vendorStatus?: string | null | undefined;
}

export function givenStatus({ status, vendorStatus }: GivenStatus, facts: StatusFacts): CallStatus | null {
  return status ?? (vendorStatus == null ? null : statusOfWord(vendorStatus, facts));
}

export function isLive(status: CallStatus): boolean {
  return !isTerminal(status) && status !== 'UNKNOWN';
}

/** Vendors send "completed" last, whatever happened: only a sign of an answer lets it replace these. */
const UNANSWERED: ReadonlySet<CallStatus> = new Set(['NO_ANSWER', 'BUSY', 'CANCELED', 'FAILED']);

const isAnswered = ({ answeredAt, duration }: Partial<StatusFacts>) => Boolean(answeredAt || duration);

/**
 * A status alone clears the vendor's word; a word sets the status. With neither, a status that came from the stored
 * word is derived again from the new facts.
 */
export function nextStatus(
  stored: StatusPair & Partial<StatusFacts>,
  given: GivenStatus,
  facts: StatusFacts,
): StatusPair {
  // Not `stored` itself: callers pass whole calls and spread the result over other values.
  const unchanged = { status: stored.status, vendorStatus: stored.vendorStatus };
  const next = requestedPair(stored, given, facts);
  if (isTerminal(stored.status) && !isTerminal(next.status)) return unchanged;
  const isDoubtful = UNANSWERED.has(stored.status) && next.status === 'COMPLETED';
  return isDoubtful && !isAnswered(facts) && !isAnswered(stored) ? unchanged : next;
}

function requestedPair(
  stored: StatusPair & Partial<StatusFacts>,
  { status, vendorStatus }: GivenStatus,
  facts: StatusFacts,
): StatusPair {
  if (status) return { status, vendorStatus: vendorStatus ?? null };
  if (vendorStatus === undefined) return rederivedPair(stored, facts);
  if (vendorStatus === null) return { status: stored.status, vendorStatus: null };
  return { status: statusOfWord(vendorStatus, facts), vendorStatus };
}

function rederivedPair(stored: StatusPair & Partial<StatusFacts>, facts: StatusFacts): StatusPair {
  const { status, vendorStatus, duration = null, scheduledFor = null } = stored;
  const isDerived =
    vendorStatus !== null && status === statusOfWord(vendorStatus, { duration, scheduledFor });
  return { status: isDerived ? statusOfWord(vendorStatus, facts) : status, vendorStatus };
}
