import 'reflect-metadata';
import { isInterfaceType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { Mutations } from './mutations.js';
import {
  CallEventResolver,
  CallFlowCommandResolver,
  CallFlowResolver,
  CallResolver,
  VoiceCallResolver,
} from './resolvers.js';
import {
  AnswerCommand,
  BridgeCommand,
  GatherCommand,
  HangupCommand,
  PauseCommand,
  PlaybackCommand,
  RecordCommand,
  RingingCommand,
  SayCommand,
} from './types.js';

/** The part of the gateway's schema that the workloads ask for, by the same names. */
export const schema = buildSchemaSync({
  resolvers: [
    CallResolver,
    VoiceCallResolver,
    CallFlowResolver,
    CallFlowCommandResolver,
    CallEventResolver,
    Mutations,
  ],
  orphanedTypes: [
    AnswerCommand,
    BridgeCommand,
    GatherCommand,
    HangupCommand,
    PauseCommand,
    PlaybackCommand,
    RecordCommand,
    RingingCommand,
    SayCommand,
  ],
  validate: false,
});

// TypeGraphQL would make a function that promises the type, which a JIT cannot take.
const commandType = schema.getType('CallFlowCommand');
if (isInterfaceType(commandType)) {
  commandType.resolveType = ({ command }: { command: string }) =>
    `${command[0]}${command.slice(1).toLowerCase()}Command`;
}
