import type { FlowCommand } from '../call-flows/flow-command.js';
import type { CallStatus } from '../calls/call.enums.js';
import type { GivenFields } from '../calls/call-fields.js';
import type { GroupName } from '../calls/call-group.store.js';
import type { CallTarget, ReferenceValue } from '../calls/call-target.js';

/** A validated upsert: absent keeps, null clears where the contract lets it. */
export interface UpsertCall extends GivenFields {
  /** Where the input stands among the arguments: refusals' paths begin with it. */
  path: string[];
  references: ReferenceValue[];
  status?: CallStatus | null;
  vendorStatus?: string | null;
  /** null takes the call from its parent. */
  parent?: CallTarget | null;
  /** A merge patch (RFC 7396). */
  metadata?: Record<string, unknown> | null;
  groups?: GroupName[] | null;
  /** Taken while the call has no flow. */
  callFlow?: FlowCommand[] | null;
}
