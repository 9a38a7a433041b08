import { describe, expect, test } from 'vitest';
import { isTerminal, nextStatus, statusOfWord } from '../../src/calls/call-status.js';

const NONE = { duration: null };

describe('a vendor status', () => {
  test.each([
    ['accepted', 'QUEUED'],
    ['queued', 'QUEUED'],
    ['starting', 'STARTING'],
    ['ringing', 'RINGING'],
    ['INCOMING_CALL', 'RINGING'],
    ['ongoing', 'IN_PROGRESS'],
    ['in-progress', 'IN_PROGRESS'],
    ['InProgress', 'IN_PROGRESS'],
    ['completed', 'COMPLETED'],
    ['COMPLETED', 'COMPLETED'],
    ['Concluded', 'COMPLETED'],
    ['Complete', 'COMPLETED'],
    ['Excluded', 'COMPLETED'],
    ['no-answer', 'NO_ANSWER'],
    ['no_answer', 'NO_ANSWER'],
    ['No Answer', 'NO_ANSWER'],
    ['In-Progress', 'IN_PROGRESS'],
    ['missed call-handled', 'NO_ANSWER'],
    ['MISSED', 'NO_ANSWER'],
    ['MISSED_CALL_HANDLED', 'NO_ANSWER'],
    ['VOICEMAIL', 'VOICEMAIL'],
    ['VOICEMAIL_RECEIVED', 'VOICEMAIL'],
    ['busy', 'BUSY'],
    ['canceled', 'CANCELED'],
    ['failed', 'FAILED'],
    ['Unknown', 'UNKNOWN'],
    ['NotFound', 'UNKNOWN'],
    ['', 'UNKNOWN'],
    ['toString', 'UNKNOWN'],
    ['answered_by_nobody', 'UNKNOWN'],
    ['__proto__', 'UNKNOWN'],
  ])('%s is %s', (word, status) => {
    expect(statusOfWord(word, NONE)).toBe(status);
  });

  test.each([
    [null, 'IN_PROGRESS'],
    [0, 'IN_PROGRESS'],
    [1, 'COMPLETED'],
  ])('an answered call with a duration of %s is %s', (duration, status) => {
    expect(statusOfWord('ANSWERED_BY_STAFF', { duration })).toBe(status);
    expect(statusOfWord('answered_by_calls_provider', { duration })).toBe(status);
  });

  test('an accepted call is SCHEDULED while its time lies ahead', () => {
    const facts = (offset: number) => ({ ...NONE, scheduledFor: new Date(Date.now() + offset) });
    expect(statusOfWord('accepted', facts(60_000))).toBe('SCHEDULED');
    expect(statusOfWord('accepted', facts(-60_000))).toBe('QUEUED');
  });
});

test('the pair holds nothing else of the call that it was taken from', () => {
  const call = { status: 'RINGING', vendorStatus: null, reason: 'other' } as const;
  expect(nextStatus(call, {}, NONE)).toEqual({ status: 'RINGING', vendorStatus: null });
});

test('no live status replaces a terminal one, whatever the words', () => {
  const stored = { status: 'VOICEMAIL', vendorStatus: 'VOICEMAIL' } as const;
  for (const status of ['SCHEDULED', 'QUEUED', 'STARTING', 'RINGING', 'IN_PROGRESS', 'UNKNOWN'] as const) {
    expect(isTerminal(status)).toBe(false);
    expect(nextStatus(stored, { status }, NONE)).toEqual(stored);
  }
  for (const status of ['COMPLETED', 'NO_ANSWER', 'BUSY', 'CANCELED', 'FAILED'] as const) {
    expect(isTerminal(status)).toBe(true);
    expect(nextStatus(stored, { status }, NONE)).toEqual({ status, vendorStatus: null });
  }
});

describe('COMPLETED, which vendors send last whatever happened,', () => {
  const completed = { status: 'COMPLETED', vendorStatus: 'completed' };
  const answers = [
    { duration: 1 },
    { duration: null, answeredAt: new Date() },
    { duration: 0, answeredAt: new Date() },
  ];
  test.each(['NO_ANSWER', 'BUSY', 'CANCELED', 'FAILED'] as const)(
    'replaces %s only with a sign of an answer',
    (status) => {
      const stored = { status, vendorStatus: 'word' };
      for (const facts of [NONE, { duration: 0 }, { duration: 0, answeredAt: null }]) {
        expect(nextStatus(stored, { vendorStatus: 'completed' }, facts)).toEqual(stored);
        expect(nextStatus(stored, { status: 'COMPLETED' }, facts)).toEqual(stored);
      }
      for (const facts of answers) {
        expect(nextStatus(stored, { vendorStatus: 'completed' }, facts)).toEqual(completed);
        expect(nextStatus({ ...stored, ...facts }, { vendorStatus: 'completed' }, NONE)).toEqual(completed);
      }
    },
  );
});

describe('a status that comes from the stored word', () => {
  const later = new Date(Date.now() + 60_000);
  test('follows the facts that come without a word', () => {
    const answered = { status: 'IN_PROGRESS', vendorStatus: 'ANSWERED_BY_STAFF', duration: null } as const;
    expect(nextStatus(answered, {}, { duration: 42 }).status).toBe('COMPLETED');
    const accepted = { status: 'QUEUED', vendorStatus: 'accepted' } as const;
    expect(nextStatus(accepted, {}, { duration: null, scheduledFor: later }).status).toBe('SCHEDULED');
  });

  test('does not, where another was given with the word', () => {
    const given = { status: 'RINGING', vendorStatus: 'accepted' } as const;
    expect(nextStatus(given, {}, { duration: null, scheduledFor: later })).toEqual(given);
  });
});
