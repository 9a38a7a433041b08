import 'reflect-metadata';
import {
  defaultFieldResolver,
  type GraphQLArgument,
  GraphQLSchema,
  isObjectType,
  printSchema,
  validateSchema,
} from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { CallFlowResolver } from '../call-flows/call-flow.resolver.js';
import { CallResolver } from '../calls/call.resolver.js';
import { CallGroupResolver } from '../calls/call-group.resolver.js';
import { CallChangeResolver } from '../changes/call-change.resolver.js';
import { CallEventResolver } from '../events/call-event.resolver.js';
import { MatchRuleResolver } from '../events/match-rule.resolver.js';
import { RecordCallEventResolver } from '../events/record-call-event.resolver.js';
import { ViewerResolver } from '../identity/viewer.resolver.js';
import { IntakeResolver } from '../intake/intake.resolver.js';
import { LiveResolver } from '../live/live.resolver.js';
import { MetadataResolver } from '../metadata/metadata.resolver.js';
import { VoiceCallResolver } from '../voice-calls/voice-call.resolver.js';
import { authChecker } from './auth-checker.js';
import type { Connection } from './connection.js';
import type { Context } from './context.js';
import { fieldNames } from './field-names.js';
import { encodeId, type IdType } from './ids.js';
import { NodeResolver } from './node.resolver.js';
import { markOneOf } from './one-of.js';
import { resolveInterfaces } from './resolve-types.js';
import { DateTime } from './scalars.js';
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
};

/** The ids of rows are uuids; here, and nowhere else, they become the TypeIDs that clients see. */
function publishIds(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    const isNode = isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
    const id = isNode ? type.getFields().id : undefined;
    if (id === undefined) continue;
    const isCommand = type.name.endsWith('Command');
    const idType = isCommand ? 'call_flow_command' : ID_TYPE_OF[type.name];
    if (idType === undefined) throw new Error(`No id type is known for ${type.name}.`);
    id.resolve = (row: { id: string }) => encodeId(idType, row.id);
  }
}

const ON_DEMAND = ['edges', 'nodes', 'pageInfo', 'totalCount'] as const;

/** A compiled read calls no functions among a row's members, so what a connection reads on demand gets resolvers. */
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

/** Decorators of parameters run from the last to the first; required arguments first, then by name, reads better. */
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
 * Loaders remember what they have read: a mutation begins with new ones, or it would show what stood before it. They, and
 * what it writes, read only what its document asks for.
 */
function readAnew(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (root, args, context: Context, info) => {
      context.asked = fieldNames(info);
      context.loaders = context.newLoaders(context.asked);
      return resolve(root, args, context, info);
    };
  }
}

function describeRoots(schema: GraphQLSchema): void {
  for (const [name, description] of Object.entries(ABOUT_ROOTS)) {
    const type = schema.getType(name);
    if (type) type.description = description;
  }
}

/** TypeGraphQL wants one as soon as there are subscriptions; ours come from the log of changes. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('Nothing is published: subscriptions follow the log of changes.');
  },
  subscribe: () => {
    throw new Error('Nothing is published: subscriptions follow the log of changes.');
  },
};

/** TypeGraphQL's schema, with what TypeGraphQL has no word for, and its types by name. */
function assemble(): GraphQLSchema {
  const built = buildSchemaSync({
    resolvers: [
      CallChangeResolver,
      CallEventResolver,
      CallFlowResolver,
      CallGroupResolver,
      CallResolver,
      IntakeResolver,
      LiveResolver,
      MatchRuleResolver,
      MetadataResolver,
      NodeResolver,
      RecordCallEventResolver,
      ViewerResolver,
      VoiceCallResolver,
    ],
    authChecker,
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  for (const step of [
    markOneOf,
    publishIds,
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
  // A new schema, for the built one was judged before the steps.
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

/** The schema that the gateway serves; the same object at every call. */
export function publicSchema(): GraphQLSchema {
  published ??= assemble();
  return published;
}

/** The schema in the schema definition language, the same text for the same classes, with a newline at its end. */
export function printPublicSchema(): string {
  return `${printSchema(publicSchema())}\n`;
}
