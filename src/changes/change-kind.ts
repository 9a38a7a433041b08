export const CALL_CHANGE_KINDS = [
  'REGISTERED',
  'UPDATED',
  'METADATA_MERGED',
  'EVENT_APPLIED',
  'VOICE_CALL_CREATED',
  'VOICE_CALL_UPDATED',
  'CALL_FLOW_REPLACED',
  'CALL_FLOW_PROGRESSED',
  'HUNG_UP',
  'JOINED',
] as const;
export type CallChangeKind = (typeof CALL_CHANGE_KINDS)[number];

/**
 * Whether this is the last change of a record that was joined into another call. A join writes two rows, both JOINED:
 * first this one, whose new values name that call, for lists that have the record under its own id; then that call's.
 */
export function leavesLists({ kind, newValues }: { kind: CallChangeKind; newValues: object }): boolean {
  return kind === 'JOINED' && 'call' in newValues;
}
