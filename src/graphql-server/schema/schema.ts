import 'reflect-metadata';
import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  GraphQLSchema,
  isObjectType,
  printSchema,
  validateSchema,
} from 'graphql';
import { buildSchemaSync, getMetadataStorage, type PubSub, type ResolverData } from 'type-graphql';
import { CallFlowResolver } from '../../call-flows/call-flow.resolver.js';
import { SupersededCallFlowResolver } from '../../call-flows/superseded-call-flow.resolver.js';
import { CallResolver } from '../../calls/call.resolver.js';
import { CallGroupResolver } from '../../calls/group/call-group.resolver.js';
import { CallChangeResolver } from '../../changes/call-change.resolver.js';
import { CallCheckpointResolver, CheckpointPatchResolver } from '../../changes/call-checkpoint.resolver.js';
import { CallEventResolver } from '../../events/call-event.resolver.js';
import { MatchRuleResolver } from '../../events/match-rule.resolver.js';
import { RecordCallEventResolver } from '../../events/record-call-event.resolver.js';
import type { Connection } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { encodeId, type IdType } from '../../graphql/ids.js';
import { DateTime } from '../../graphql/scalars.js';
import { ViewerResolver } from '../../identity/viewer.resolver.js';
import { EraseResolver } from '../../intake/erase/erase.resolver.js';
import { IntakeResolver } from '../../intake/intake.resolver.js';
import { UpdateCallResolver } from '../../intake/upsert/update-call.resolver.js';
import { CallUpdateResolver } from '../../live/call-update.resolver.js';
import { DeliveriesChangedResolver } from '../../live/deliveries/deliveries-changed.resolver.js';
import { CallEventsChangedResolver } from '../../live/events/call-events-changed.resolver.js';
import { CallImportChangedResolver } from '../../live/imports/call-import-changed.resolver.js';
import { LiveResolver } from '../../live/live.resolver.js';
import { MetadataResolver } from '../../metadata/metadata.resolver.js';
import { CallRecordingsResolver } from '../../recordings/call-recordings.resolver.js';
import {
  CallStatisticsResolver,
  DurationStatisticsResolver,
} from '../../statistics/call-statistics.resolver.js';
import { VendorAccountResolver } from '../../vendors/account/vendor-account.resolver.js';
import { RecordingUrlResolver } from '../../vendors/audio/recording-url.resolver.js';
import { DeliveryResolver } from '../../vendors/delivery/delivery.resolver.js';
import {
  CallDeliveriesResolver,
  VendorAccountDeliveriesResolver,
} from '../../vendors/delivery/delivery-lists.resolver.js';
import {
  CallImportResolver,
  VendorAccountImportsResolver,
} from '../../vendors/imports/call-import.resolver.js';
import { InboundMessageResolver } from '../../vendors/inbound/inbound-message.resolver.js';
import { VoiceCallResolver } from '../../voice-calls/voice-call.resolver.js';
import { authChecker } from '../pipeline/auth-checker.js';
import { fieldNames } from './field-names.js';
import { keepMetadataKeys } from './metadata-keys.js';
import { NodeResolver } from './node.resolver.js';
import { markOneOf } from './one-of.js';
import { resolveInterfaces } from './resolve-types.js';
import { ABOUT_ROOTS, ABOUT_SCHEMA } from './schema-text.js';
import { countShown } from './shown-lists.js';

const ID_TYPE_OF: Record<string, IdType> = {
  Organization: 'organization',
  Call: 'call',
  VoiceCall: 'voice_call',
  CallFlow: 'call_flow',
  CallEvent: 'call_event',
  CallGroup: 'call_group',
  CallChange: 'call_change',
  MatchRule: 'match_rule',
  VendorAccount: 'vendor_account',
  Delivery: 'delivery',
  InboundMessage: 'inbound_message',
  CallImport: 'call_import',
  CallRecording: 'call_recording',
  CallTranscript: 'call_transcript',
};

export function idTypeOf(type: string): IdType {
  const idType = type.endsWith('Command') ? 'call_flow_command' : ID_TYPE_OF[type];
  if (idType === undefined) throw new Error(`No id type is known for ${type}.`);
  return idType;
}

/** Each shows its own prefix; Node, which any of them may be, the first one. */
function publishIds(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    const id = isNode(type) ? type.getFields().id : undefined;
    if (id === undefined) continue;
    const idType = idTypeOf(type.name);
    id.description = id.description?.replace('`call_', `\`${idType}_`);
    if (isObjectType(type)) id.resolve = (row: { id: string }) => encodeId(idType, row.id);
  }
}

const isNode = (type: GraphQLNamedType): type is GraphQLObjectType | GraphQLInterfaceType =>
  type.name === 'CallFlowCommand' ||
  (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'));

const ON_DEMAND = ['edges', 'nodes', 'pageInfo', 'totalCount', 'totalCountIsEstimate'] as const;

/** Compiled code does not call functions among a row's members. */
function readOnDemand(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.name.endsWith('Connection')) continue;
    for (const name of ON_DEMAND) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`${type.name} has no ${name}.`);
      field.resolve = (connection: Connection<unknown>) => connection[name]();
    }
  }
}

/** Parameter decorators run from the last to the first. */
function sortArguments(schema: GraphQLSchema): void {
  const key = ({ type, name }: GraphQLArgument) => `${String(type).endsWith('!') ? 0 : 1} ${name}`;
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      field.args = field.args.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    }
  }
}

/**
 * Loaders cache: without new ones, a mutation would show the state before it. What was resolved compiled is not
 * written again when graphql-js makes the answer anew.
 */
function readAnew(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (root, args, context: Context, info) => {
      const { resolved } = context;
      if (resolved !== undefined && 'value' in resolved) return resolved.value;
      if (resolved === undefined) context.reads.reset(fieldNames(info));
      const value = resolve(root, args, context, info);
      if (resolved !== undefined) resolved.value = value;
      return value;
    };
  }
}

/**
 * Once the schema is built. Otherwise type-graphql copies each input to instances of its classes, which it looks up anew
 * each time, and waits for a validation of each argument that there is not.
 */
function takeArgumentsAsTheyAre(): void {
  const { queries, mutations, subscriptions, fieldResolvers } = getMetadataStorage();
  for (const { params = [] } of [...queries, ...mutations, ...subscriptions, ...fieldResolvers]) {
    for (const param of params) {
      if (param.kind !== 'arg') continue;
      const { name } = param;
      Object.assign(param, { kind: 'custom', options: {}, resolver: ({ args }: ResolverData) => args[name] });
    }
  }
}

function describeRoots(schema: GraphQLSchema): void {
  for (const [name, description] of Object.entries(ABOUT_ROOTS)) {
    const type = schema.getType(name);
    if (type) type.description = description;
  }
}

const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('Nothing is published: subscriptions follow the log of changes.');
  },
  subscribe: () => {
    throw new Error('Nothing is published: subscriptions follow the log of changes.');
  },
};

function assemble(): GraphQLSchema {
  const built = buildSchemaSync({
    resolvers: [
      CallChangeResolver,
      CallCheckpointResolver,
      CheckpointPatchResolver,
      CallDeliveriesResolver,
      CallEventResolver,
      CallEventsChangedResolver,
      CallFlowResolver,
      CallGroupResolver,
      CallRecordingsResolver,
      CallResolver,
      CallUpdateResolver,
      CallStatisticsResolver,
      DurationStatisticsResolver,
      DeliveriesChangedResolver,
      CallImportChangedResolver,
      DeliveryResolver,
      EraseResolver,
      InboundMessageResolver,
      CallImportResolver,
      VendorAccountImportsResolver,
      IntakeResolver,
      LiveResolver,
      MatchRuleResolver,
      MetadataResolver,
      NodeResolver,
      RecordCallEventResolver,
      RecordingUrlResolver,
      SupersededCallFlowResolver,
      UpdateCallResolver,
      VendorAccountResolver,
      VendorAccountDeliveriesResolver,
      ViewerResolver,
      VoiceCallResolver,
    ],
    authChecker,
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  takeArgumentsAsTheyAre();
  for (const step of [
    markOneOf,
    publishIds,
    keepMetadataKeys,
    readOnDemand,
    countShown,
    sortArguments,
    readAnew,
    resolveInterfaces,
    describeRoots,
  ]) {
    step(built);
  }
  const types = Object.values(built.getTypeMap()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // A new schema, because the built one was validated before these steps.
  const schema = new GraphQLSchema({
    ...built.toConfig(),
    description: ABOUT_SCHEMA,
    types,
    assumeValid: false,
  });
  const [error] = validateSchema(schema);
  if (error) throw error;
  return schema;
}

let published: GraphQLSchema | undefined;

export function publicSchema(): GraphQLSchema {
  published ??= assemble();
  return published;
}

export function printPublicSchema(): string {
  return `${printSchema(publicSchema())}\n`;
}
