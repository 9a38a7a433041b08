import type { CallFlowCommandInput } from '../../call-flows/call-flow-command.input.js';
import type { CallLocator } from '../../calls/call.input.js';
import type { RecordCallEventInput } from '../../events/record-call-event.input.js';
import type { UpsertCallInput } from '../../intake/upsert/upsert-call.input.js';
import type { MergeCallMetadataItem } from '../../metadata/metadata.input.js';
import type { PatchVoiceCallItem } from '../../voice-calls/patch-voice-calls.input.js';
import type { CreateVoiceCallInput } from '../../voice-calls/voice-call.input.js';

/** An input as its JSON: members may be missing. */
export type Given<T> = T extends Date | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Given<Item>[]
    : { [Member in keyof T]?: Given<T[Member]> };

/** Arguments of the mutations, by what is written. */
interface Arguments {
  upsert: Given<UpsertCallInput>;
  merge: Given<MergeCallMetadataItem>;
  event: Given<RecordCallEventInput>;
  voiceCall: { call: Given<CallLocator>; input: Given<CreateVoiceCallInput> };
  patch: Given<PatchVoiceCallItem>;
  flow: { call: Given<CallLocator>; commands: Given<CallFlowCommandInput>[]; idempotencyKey: string };
  hangUp: { call: Given<CallLocator> };
}

export type WriteKind = keyof Arguments;

/** Who writes: the vendor whose webhook it would be, or a program of the company. */
export type Writer = 'Burki' | 'Bird' | 'vcita' | 'Creovai' | 'CRM';

export type Write = {
  [Kind in WriteKind]: { kind: Kind; by: Writer; input: Arguments[Kind] };
}[WriteKind];
