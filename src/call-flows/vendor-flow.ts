import { type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { StoredCommand } from '../db/tables/call-flows.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';
import { type DraftedFlow, draftFlow } from './call-flow.store.js';
import { progressDifference } from './call-flow-progress.js';
import type { VendorFlow } from './vendor-flow.values.js';

interface FlowOwner {
  organizationId: string;
  id: string;
  flowRevision: number;
}

export interface PlannedFlow {
  /** Null if nothing changes. */
  flow: DraftedFlow | null;
  /** The vendor runs a flow that is not here: it is the call's newest then. */
  isNew: boolean;
  progress: Difference;
}

const NOTHING: PlannedFlow = { flow: null, isNew: false, progress: NO_DIFFERENCE };

/**
 * What a vendor's report says of the call's flows. It is the flow with the vendor's id, or else the newest one that has none
 * and the same commands: the report may come before the answer that tells the id. The vendor runs it already, so it must not
 * be sent one: nothing here is a CALL_FLOW_REPLACED. A late report begins no flow beside others.
 */
export function planVendorFlow(
  flows: readonly DraftedFlow[],
  call: FlowOwner,
  reported: VendorFlow,
  isLate: boolean,
): PlannedFlow {
  const known =
    flows.find(({ flow }) => flow.vendorId === reported.vendorId) ??
    flows.findLast((each) => each.flow.vendorId === null && hasSameCommands(each, reported));
  if (known !== undefined) {
    const flow = progressed(known, reported);
    const progress = differenceOf(known, flow);
    return progress === NO_DIFFERENCE ? NOTHING : { flow, isNew: false, progress };
  }
  if (isLate && call.flowRevision > 0) return NOTHING;
  const commands = reported.commands.map(({ command, conditions }) => ({ command, conditions, options: {} }));
  const begun = draftFlow(call, call.flowRevision + 1, commands);
  return { flow: progressed(begun, reported), isNew: true, progress: NO_DIFFERENCE };
}

const hasSameCommands = ({ commands }: DraftedFlow, reported: VendorFlow): boolean =>
  commands.length === reported.commands.length &&
  commands.every(({ command }, index) => command === reported.commands[index]?.command);

function progressed(known: DraftedFlow, reported: VendorFlow): DraftedFlow {
  const isSame = hasSameCommands(known, reported);
  const commands = known.commands.map((command, index) => {
    const named = reported.commands.find(
      ({ vendorId }) => vendorId !== null && vendorId === command.vendorId,
    );
    const report = named ?? (isSame ? reported.commands[index] : undefined);
    if (report === undefined) return command;
    return {
      ...command,
      vendorId: report.vendorId ?? command.vendorId,
      status: furtherOf(command.status, report.status),
    };
  });
  return { flow: { ...known.flow, vendorId: reported.vendorId }, commands };
}

const STEPS: Record<CallFlowCommandStatus, number> = {
  ACCEPTED: 0,
  RUNNING: 1,
  COMPLETED: 2,
  SKIPPED: 2,
  FAILED: 2,
};

/** Reports come in any order: none puts a command back. */
function furtherOf(
  stored: CallFlowCommandStatus,
  reported: CallFlowCommandStatus | null,
): CallFlowCommandStatus {
  return reported !== null && STEPS[reported] > STEPS[stored] ? reported : stored;
}

function differenceOf(before: DraftedFlow, after: DraftedFlow): Difference {
  const updates = before.commands.flatMap((command, index) => {
    const next = after.commands[index];
    return next === undefined || isSameProgress(command, next) ? [] : [{ command, next }];
  });
  if (updates.length === 0 && before.flow.vendorId === after.flow.vendorId) return NO_DIFFERENCE;
  return progressDifference(before.flow, after.flow, updates);
}

const isSameProgress = (one: StoredCommand, other: StoredCommand) =>
  one.status === other.status && one.vendorId === other.vendorId;
