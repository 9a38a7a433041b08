import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { CallFlowCommandName } from '../../call-flows/call-flow.enums.js';
import { badUserInput, quote } from '../../graphql/bad-input.js';
import type { Context } from '../../graphql/context.js';
import { decodeId } from '../../graphql/ids.js';
import { Node } from '../../graphql/node.type.js';
import { demandNodeScope, type NodeType } from '../../graphql/scope-checks.js';
import type { Scope } from '../../identity/identity.enums.js';
import { commandTypeName } from './resolve-types.js';

export const MOST_NODES = 500;

type Reader = (uuid: string, context: Context) => Promise<object | null>;

async function readMatchRule(uuid: string, { reads: { loaders } }: Context): Promise<object | null> {
  const rule = await loaders.matchRuleById.load(uuid);
  return rule === null || rule.deletedAt !== null ? null : rule;
}

async function readVendorAccount(uuid: string, { reads: { loaders } }: Context): Promise<object | null> {
  const account = await loaders.vendorAccountById.load(uuid);
  return account === null || account.deletedAt !== null ? null : account;
}

const READERS: Record<NodeType, { typename: (row: object) => string; read: Reader }> = {
  organization: {
    typename: () => 'Organization',
    read: async (uuid, { viewer }) => (uuid === viewer.organization.id ? viewer.organization : null),
  },
  call: { typename: () => 'Call', read: (uuid, { reads: { loaders } }) => loaders.callById.load(uuid) },
  voice_call: {
    typename: () => 'VoiceCall',
    read: (uuid, { reads: { loaders } }) => loaders.voiceCallById.load(uuid),
  },
  call_flow: {
    typename: () => 'CallFlow',
    read: (uuid, { reads: { loaders } }) => loaders.callFlowById.load(uuid),
  },
  call_flow_command: {
    typename: (row) => commandTypeName((row as { command: CallFlowCommandName }).command),
    read: (uuid, { reads: { loaders } }) => loaders.commandById.load(uuid),
  },
  call_event: {
    typename: () => 'CallEvent',
    read: (uuid, { reads: { loaders } }) => loaders.callEventById.load(uuid),
  },
  call_group: {
    typename: () => 'CallGroup',
    read: (uuid, { reads: { loaders } }) => loaders.groupById.load(uuid),
  },
  call_change: {
    typename: () => 'CallChange',
    read: (uuid, { reads: { loaders } }) => loaders.changeById.load(uuid),
  },
  match_rule: { typename: () => 'MatchRule', read: readMatchRule },
  vendor_account: { typename: () => 'VendorAccount', read: readVendorAccount },
  delivery: {
    typename: () => 'Delivery',
    read: (uuid, { reads: { loaders } }) => loaders.deliveryById.load(uuid),
  },
  inbound_message: {
    typename: () => 'InboundMessage',
    read: (uuid, { reads: { loaders } }) => loaders.inboundMessageById.load(uuid),
  },
  call_import: {
    typename: () => 'CallImport',
    read: (uuid, { reads: { loaders } }) => loaders.callImportById.load(uuid),
  },
  call_recording: {
    typename: () => 'CallRecording',
    read: (uuid, { reads: { loaders } }) => loaders.recordingById.load(uuid),
  },
  call_transcript: {
    typename: () => 'CallTranscript',
    read: (uuid, { reads: { loaders } }) => loaders.transcriptById.load(uuid),
  },
};

/** @throws FORBIDDEN where the viewer may not read the type, whether the object exists or not */
export async function readNode(id: string, argument: string, context: Context): Promise<object | null> {
  const decoded = decodeId(id);
  if (decoded === null || decoded.type === 'api_key' || decoded.type === 'person') {
    throw badUserInput(`${argument}: ${quote(id)} is not the id of something that can be read.`);
  }
  demandNodeScope(context.viewer, decoded.type);
  const reader = READERS[decoded.type];
  const row = await reader.read(decoded.uuid, context);
  return row === null ? null : { ...row, __typename: reader.typename(row) };
}

@Resolver()
export class NodeResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => Node, {
    nullable: true,
    description:
      'Anything by its id; null if it is unknown. A malformed id is BAD_USER_INPUT; a match rule, a vendor account, a webhook or an import needs ADMIN. E.g. `{ node(id: "call_…") { id ... on Call { status } } }`.',
  })
  node(
    @Arg('id', () => ID, { description: 'The id, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`.' }) id: string,
    @Ctx() context: Context,
  ) {
    return readNode(id, 'id', context);
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => [Node], {
    nullable: 'items',
    description:
      'Several things by their ids, in the order of the ids; null in the place of an unknown one. A malformed id is BAD_USER_INPUT; a match rule, a vendor account, a webhook or an import needs ADMIN.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: `The ids, at most ${MOST_NODES}.` }) ids: string[],
    @Ctx() context: Context,
  ) {
    if (ids.length > MOST_NODES)
      throw badUserInput(`ids may have at most ${MOST_NODES} items, not ${ids.length}.`);
    return Promise.all(ids.map((id, index) => readNode(id, `ids.${index}`, context)));
  }
}
