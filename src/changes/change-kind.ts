import type { CallChangeKind } from './call-change.enums.js';

/**
 * A join writes two JOINED rows: first the record's last one, whose newValues name the call, for lists that show the
 * record under its own id; then the call's own.
 */
export function leavesLists({ kind, newValues }: { kind: CallChangeKind; newValues: object }): boolean {
  return kind === 'ERASED' || isLeavingByJoin({ kind, newValues });
}

export const isLeavingByJoin = ({ kind, newValues }: { kind: CallChangeKind; newValues: object }): boolean =>
  kind === 'JOINED' && 'call' in newValues;
