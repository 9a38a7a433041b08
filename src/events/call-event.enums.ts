/**
 * Whether the call of an event is known: several candidates are AMBIGUOUS, and a person settles it. What would make the
 * metadata of each of its calls too large is TOO_LARGE, and counts in none.
 */
export const CALL_EVENT_MATCHES = ['MATCHED', 'PENDING', 'AMBIGUOUS', 'TOO_LARGE'] as const;
export type CallEventMatch = (typeof CALL_EVENT_MATCHES)[number];

/** What an event named. */
export type CallEventTargetKind = 'SESSION' | 'CALL' | 'GROUP' | 'RULES';

/** What of a call a match rule compares with. */
export const MATCH_CALL_FIELDS = ['FROM', 'TO', 'CUSTOMER_NUMBER', 'REFERENCE', 'METADATA'] as const;
export type MatchCallField = (typeof MATCH_CALL_FIELDS)[number];
