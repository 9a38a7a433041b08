/**
 * AMBIGUOUS: several candidates, a person decides. TOO_LARGE: the patch exceeds the limit of every call. DISMISSED: it was
 * withdrawn.
 */
export const CALL_EVENT_MATCHES = ['MATCHED', 'PENDING', 'AMBIGUOUS', 'TOO_LARGE', 'DISMISSED'] as const;
export type CallEventMatch = (typeof CALL_EVENT_MATCHES)[number];

export type CallEventTargetKind = 'SESSION' | 'CALL' | 'GROUP' | 'RULES';

export const MATCH_CALL_FIELDS = ['FROM', 'TO', 'CUSTOMER_NUMBER', 'REFERENCE', 'METADATA'] as const;
export type MatchCallField = (typeof MATCH_CALL_FIELDS)[number];
