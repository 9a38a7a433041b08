import type { CallFlowCommandName, CallFlowCommandStatus } from './call-flow.enums.js';

/** A flow that a vendor runs, as it reports it. */
export interface VendorFlow {
  vendorId: string;
  commands: VendorCommand[];
}

/** Null where the vendor says nothing, or, for the status, nothing that is known. */
export interface VendorCommand {
  vendorId: string | null;
  command: CallFlowCommandName;
  status: CallFlowCommandStatus | null;
  conditions: { variable: string; operator: string; value: string }[];
}
