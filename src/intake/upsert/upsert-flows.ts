import { type DraftedFlow, draftFlow } from '../../call-flows/call-flow.store.js';
import { planVendorFlow } from '../../call-flows/vendor-flow.js';
import type { Difference } from '../../changes/change-log.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { Drafts } from './call-drafts.js';
import type { UpsertCall } from './upsert-call.js';

export interface PlannedFlows {
  /** Of the flow that is in force then. */
  revision: number;
  /** In order. */
  begun: DraftedFlow[];
  progressed: DraftedFlow | null;
  changes: (Difference & { kind: 'CALL_FLOW_PROGRESSED' })[];
}

/** The first flow, if the call has none, and then what the vendor reports of its own. */
export function planFlows(drafts: Drafts, call: CallRow, input: UpsertCall, isLate: boolean): PlannedFlows {
  const commands = call.flowRevision === 0 ? (input.callFlow ?? null) : null;
  const first = commands === null ? [] : [draftFlow(call, 1, commands)];
  const planned = {
    revision: call.flowRevision + first.length,
    begun: first,
    progressed: null,
    changes: [],
  };
  if (input.vendorCallFlow === undefined) return planned;
  const known = [...(drafts.flows.get(call.id) ?? []), ...first];
  const owner = { ...call, flowRevision: planned.revision };
  const { flow, isNew, progress } = planVendorFlow(known, owner, input.vendorCallFlow, isLate);
  if (flow === null) return planned;
  if (isNew) return { ...planned, revision: flow.flow.revision, begun: [...first, flow] };
  if (first[0]?.flow.id === flow.flow.id) return { ...planned, begun: [flow] };
  return { ...planned, progressed: flow, changes: [{ kind: 'CALL_FLOW_PROGRESSED', ...progress }] };
}

/** A later item of the batch may report more of them. */
export function putFlows(
  { flows, writes }: Drafts,
  callId: string,
  { begun, progressed }: PlannedFlows,
): void {
  for (const each of begun) writes.flows.set(each.flow.id, each);
  const known = flows.get(callId) ?? [];
  if (progressed !== null) {
    const { id } = progressed.flow;
    (writes.flows.has(id) ? writes.flows : writes.progressed).set(id, progressed);
  }
  const present = known.map((each) => (each.flow.id === progressed?.flow.id ? progressed : each));
  if (begun.length + present.length > 0) flows.set(callId, [...present, ...begun]);
}
