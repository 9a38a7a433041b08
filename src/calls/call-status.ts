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

/** The vendors' words in lower case: Burki, vcita, Bird, Creovai, and Twilio's and Vonage's beside them. */
const WORDS: Readonly<Record<string, CallStatus>> = {
  scheduled: 'SCHEDULED',
  accepted: 'QUEUED',
  queued: 'QUEUED',
  starting: 'STARTING',
  initiated: 'STARTING',
  started: 'STARTING',
  ringing: 'RINGING',
  incoming_call: 'RINGING',
  ongoing: 'IN_PROGRESS',
  'in-progress': 'IN_PROGRESS',
  inprogress: 'IN_PROGRESS',
  answered: 'IN_PROGRESS',
  completed: 'COMPLETED',
  concluded: 'COMPLETED',
  complete: 'COMPLETED',
  excluded: 'COMPLETED',
  missed: 'NO_ANSWER',
  missed_call_handled: 'NO_ANSWER',
  'no-answer': 'NO_ANSWER',
  unanswered: 'NO_ANSWER',
  timeout: 'NO_ANSWER',
  voicemail: 'VOICEMAIL',
  voicemail_received: 'VOICEMAIL',
  machine: 'VOICEMAIL',
  busy: 'BUSY',
  canceled: 'CANCELED',
  cancelled: 'CANCELED',
  failed: 'FAILED',
  rejected: 'FAILED',
};

/** vcita's words that name who answered, whether the call goes on or is over. */
const ANSWERED: ReadonlySet<string> = new Set(['answered_by_staff', 'answered_by_calls_provider']);

/** What beside the word decides: vcita's "answered" says only with a duration that the call is over. */
export interface StatusFacts {
  /** Seconds. */
  duration: number | null;
  scheduledFor?: Date | null;
}

/** The status that a vendor's word stands for; UNKNOWN for a word that no vendor's documentation has. */
export function statusOfWord(word: string, { duration, scheduledFor }: StatusFacts): CallStatus {
  const key = word.toLowerCase();
  if (ANSWERED.has(key)) return duration ? 'COMPLETED' : 'IN_PROGRESS';
  if (key === 'accepted' && scheduledFor && scheduledFor.getTime() > Date.now()) return 'SCHEDULED';
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'UNKNOWN') : 'UNKNOWN';
}

/** A call's status and the vendor's own word for it, which change together. */
export interface StatusPair {
  status: CallStatus;
  vendorStatus: string | null;
}

/**
 * The pair after a write. `status` alone clears the word, the word alone derives the status, null clears the word;
 * a live status never replaces a terminal one, and then neither changes.
 */
export function nextStatus(
  stored: StatusPair,
  given: { status?: CallStatus | null; vendorStatus?: string | null },
  facts: StatusFacts,
): StatusPair {
  // Not `stored` itself: callers pass whole calls, and spread what they get over other values.
  const unchanged = { status: stored.status, vendorStatus: stored.vendorStatus };
  const next = wanted(unchanged, given, facts);
  return isTerminal(stored.status) && !isTerminal(next.status) ? unchanged : next;
}

function wanted(
  stored: StatusPair,
  { status, vendorStatus }: { status?: CallStatus | null; vendorStatus?: string | null },
  facts: StatusFacts,
): StatusPair {
  if (status) return { status, vendorStatus: vendorStatus ?? null };
  if (vendorStatus === undefined) return stored;
  if (vendorStatus === null) return { status: stored.status, vendorStatus: null };
  return { status: statusOfWord(vendorStatus, facts), vendorStatus };
}
