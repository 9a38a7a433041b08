import type { FlowCommand } from '../../call-flows/flow-command.js';
import type { VendorFlow } from '../../call-flows/vendor-flow.values.js';
import type { CallStatus } from '../../calls/call.enums.js';
import type { GivenFields } from '../../calls/call-fields.js';
import type { GroupName } from '../../calls/group/call-group.values.js';
import type { CallTarget, ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { GivenRecording, GivenTranscript } from '../../recordings/recording.values.js';
import type { VoiceCallPatch } from '../../voice-calls/voice-call-values.js';

export interface VendorRecord {
  /** When the vendor was asked for it, or the message with it came. */
  fetchedAt: Date;
  voiceCall?: VoiceCallPatch | undefined;
}

/** For a call that is known by its id; `references` and `groups` are those to add. */
export interface CallUpdate {
  callId: string;
  expectedRevision: number | null;
  addTags: string[];
  removeTags: string[];
  removeGroups: GroupName[];
}

export interface UpsertCall extends GivenFields {
  path: string[];
  references: ReferenceValue[];
  /** Of updateCall. */
  update?: CallUpdate;
  status?: CallStatus | null;
  vendorStatus?: string | null;
  parent?: CallTarget | null;
  metadata?: Record<string, unknown> | null;
  /** It is what a vendor has of the call: see latenessOf and recordPatch. */
  record?: VendorRecord;
  groups?: GroupName[] | null;
  callFlow?: FlowCommand[] | null;
  vendorCallFlow?: VendorFlow;
  recordings?: GivenRecording[];
  transcripts?: GivenTranscript[];
}
