import { GraphQLJSONObject } from 'graphql-scalars';
import { Arg, Mutation, Resolver } from 'type-graphql';
import { uuidOf } from './ids.js';
import {
  CallFlowCommandInput,
  CallLocator,
  RecordCallEventInput,
  UpdateVoiceCallInput,
  VoiceCallLocator,
} from './inputs.js';
import {
  MergeCallMetadataPayload,
  RecordCallEventPayload,
  ReplaceCallFlowPayload,
  UpdateVoiceCallPayload,
} from './types.js';
import { mergeMetadata, recordEvent } from './writes-of-metadata.js';
import { replaceFlow, updateVoiceCall } from './writes-of-records.js';

@Resolver()
export class Mutations {
  @Mutation(() => MergeCallMetadataPayload)
  async mergeCallMetadata(
    @Arg('call', () => CallLocator) call: CallLocator,
    @Arg('metadata', () => GraphQLJSONObject) metadata: Record<string, unknown>,
  ) {
    return { call: await mergeMetadata(uuidOf(call.id), metadata), errors: [] };
  }

  @Mutation(() => UpdateVoiceCallPayload)
  async updateVoiceCall(
    @Arg('voiceCall', () => VoiceCallLocator) voiceCall: VoiceCallLocator,
    @Arg('input', () => UpdateVoiceCallInput) input: UpdateVoiceCallInput,
  ) {
    return { voiceCall: await updateVoiceCall(uuidOf(voiceCall.id), input), errors: [] };
  }

  @Mutation(() => ReplaceCallFlowPayload)
  async replaceCallFlow(
    @Arg('call', () => CallLocator) call: CallLocator,
    @Arg('commands', () => [CallFlowCommandInput]) commands: CallFlowCommandInput[],
  ) {
    return { callFlow: await replaceFlow(uuidOf(call.id), commands), errors: [] };
  }

  @Mutation(() => RecordCallEventPayload)
  async recordCallEvent(@Arg('input', () => RecordCallEventInput) input: RecordCallEventInput) {
    return { event: await recordEvent(input), errors: [] };
  }
}
