import type { CallChangeKind } from './call-change.enums.js';

/**
 * A join writes two JOINED rows: first the record's last one, whose newValues name the call, for lists that show the
 * record under its own id; then the call's own.
 */
export function leavesLists({ kind, newValues }: { kind: CallChangeKind; newValues: object }): boolean {
  return kind === 'ERASED' || isLeavingByJoin({ kind, newValues });
}

interface LoggedChange {
  kind: CallChangeKind;
  callId: string;
  newValues: object;
}

/** The record that was joined into the change's call, by the call's own row. */
export function duplicateOf({ kind, newValues }: Pick<LoggedChange, 'kind' | 'newValues'>): string | null {
  const { duplicate } = newValues as { duplicate?: { id: string } };
  return kind === 'JOINED' ? (duplicate?.id ?? null) : null;
}

/** The record that no list has after this change. */
export const removedRecord = (change: LoggedChange): string | null =>
  leavesLists(change) ? change.callId : duplicateOf(change);

export const isLeavingByJoin = ({ kind, newValues }: { kind: CallChangeKind; newValues: object }): boolean =>
  kind === 'JOINED' && 'call' in newValues;
