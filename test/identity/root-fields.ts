import type { Scope } from '../../src/identity/identity.enums.js';
import type { Variables } from '../support/gateway.js';
import { fresh, type Names, VOICE_CALL, VOICE_CALL_WHOLE } from './world.js';

/** One way to ask for a root field, with the names of a thing. */
export interface Asking {
  field: string;
  /** What the names are used for, where a field can be asked in several ways. */
  by: string;
  document: string;
  variables: (names: Names) => Variables;
  /** The scope that this asking needs beyond its field's own, for what it names. */
  scope?: Scope;
}

/** The scope that guards each root field; null: any key will do. */
export const GUARDS: Record<string, Scope | null> = {
  viewer: null,
  node: 'CALLS_READ',
  nodes: 'CALLS_READ',
  call: 'CALLS_READ',
  callByReference: 'CALLS_READ',
  calls: 'CALLS_READ',
  voiceCall: 'CALLS_READ',
  voiceCalls: 'CALLS_READ',
  callFlow: 'CALLS_READ',
  callGroup: 'CALLS_READ',
  callEvents: 'CALLS_READ',
  matchRules: 'ADMIN',
  vendorAccounts: 'ADMIN',
  deliveries: 'ADMIN',
  inboundMessages: 'ADMIN',
  changeCursor: 'CALLS_READ',
  upsertCall: 'CALLS_WRITE',
  upsertCalls: 'CALLS_WRITE',
  updateCall: 'CALLS_WRITE',
  eraseCall: 'ADMIN',
  eraseCustomer: 'ADMIN',
  joinCalls: 'CALLS_WRITE',
  mergeCallsMetadata: 'METADATA_WRITE',
  recordCallEvent: 'EVENTS_WRITE',
  recordCallEvents: 'EVENTS_WRITE',
  assignCallEvent: 'EVENTS_WRITE',
  dismissCallEvent: 'EVENTS_WRITE',
  createMatchRule: 'ADMIN',
  updateMatchRule: 'ADMIN',
  deleteMatchRule: 'ADMIN',
  replayDeliveries: 'ADMIN',
  discardDeliveries: 'ADMIN',
  replayInboundMessages: 'ADMIN',
  startCallImport: 'ADMIN',
  cancelCallImport: 'ADMIN',
  createVendorAccount: 'ADMIN',
  updateVendorAccount: 'ADMIN',
  deleteVendorAccount: 'ADMIN',
  testVendorAccount: 'ADMIN',
  mergeCallMetadata: 'METADATA_WRITE',
  createVoiceCall: 'VOICE_CALLS_WRITE',
  updateVoiceCall: 'VOICE_CALLS_WRITE',
  patchVoiceCall: 'VOICE_CALLS_WRITE',
  patchVoiceCalls: 'VOICE_CALLS_WRITE',
  replaceCallFlow: 'CALL_FLOWS_WRITE',
  recordCallFlowProgress: 'CALL_FLOWS_WRITE',
  hangUpCall: 'CALLS_WRITE',
};

/** Likewise of each subscription: they are asked for over other transports, in the tests of those. */
export const SUBSCRIPTION_GUARDS: Record<string, Scope> = {
  callChanged: 'CALLS_READ',
  callsChanged: 'CALLS_READ',
  callUpdated: 'CALLS_READ',
  callUpdates: 'CALLS_READ',
  callEventsChanged: 'CALLS_READ',
  deliveriesChanged: 'ADMIN',
  callImportChanged: 'ADMIN',
};

const ERRORS = 'errors { code message path }';
const reference = (value: string) => ({ system: 'OTHER', name: 'case', value });

const query = (field: string, variables: string, use: string, selection: string) =>
  `query (${variables}) { ${field}(${use})${selection} }`;
const mutation = (field: string, variables: string, use: string, selection: string) =>
  `mutation (${variables}) { ${field}(${use}) { ${selection} ${ERRORS} } }`;

const NODES: (keyof Names)[] = [
  'organization',
  'call',
  'voiceCall',
  'callFlow',
  'command',
  'group',
  'change',
  'event',
  'delivery',
  'recording',
  'transcript',
];
const NODE = query('node', '$id: ID!', 'id: $id', '{ __typename id }');
const MANY_NODES = query('nodes', '$ids: [ID!]!', 'ids: $ids', '{ __typename id }');

const READS: Asking[] = [
  {
    field: 'viewer',
    by: 'its key',
    document: '{ viewer { name organization { slug } } }',
    variables: () => ({}),
  },
  ...NODES.map((name) => ({
    field: 'node',
    by: `the id of a ${name}`,
    document: NODE,
    variables: (names: Names) => ({ id: names[name] }),
  })),
  ...(['rule', 'vendorAccount', 'message'] as const).map((name) => ({
    field: 'node',
    by: `the id of a ${name}`,
    document: NODE,
    variables: (names: Names) => ({ id: names[name] }),
    scope: 'ADMIN' as const,
  })),
  {
    field: 'nodes',
    by: 'ids of everything',
    document: MANY_NODES,
    variables: (names) => ({ ids: NODES.map((name) => names[name]) }),
  },
  {
    field: 'nodes',
    by: 'ids of a call, a rule and a vendor account',
    document: MANY_NODES,
    variables: ({ call, rule, vendorAccount }) => ({ ids: [call, rule, vendorAccount] }),
    scope: 'ADMIN',
  },
  ...(['call', 'voiceCall', 'callFlow'] as const).map((field) => ({
    field,
    by: 'its id',
    document: query(field, '$id: ID!', 'id: $id', '{ id }'),
    variables: (names: Names) => ({ id: names[field] }),
  })),
  {
    field: 'callByReference',
    by: 'a reference',
    document: query('callByReference', '$reference: CallReferenceInput!', 'reference: $reference', '{ id }'),
    variables: (names) => ({ reference: reference(names.reference) }),
  },
  { field: 'changeCursor', by: 'nothing', document: '{ changeCursor }', variables: () => ({}) },
  { field: 'matchRules', by: 'its key', document: '{ matchRules { id } }', variables: () => ({}) },
  {
    field: 'vendorAccounts',
    by: 'its key',
    document: '{ vendorAccounts { id pendingDeliveries } }',
    variables: () => ({}),
  },
  {
    field: 'callGroup',
    by: 'its kind and key',
    document: query('callGroup', '$group: CallGroupInput!', 'group: $group', '{ id calls { nodes { id } } }'),
    variables: (names) => ({ group: { kind: 'case', key: names.groupKey } }),
  },
  ...(
    [
      ['calls', 'callCursor'],
      ['voiceCalls', 'voiceCallCursor'],
      ['callEvents', 'eventCursor'],
      ['deliveries', 'deliveryCursor'],
      ['inboundMessages', 'messageCursor'],
    ] as const
  ).map(([field, cursor]) => ({
    field,
    by: 'a cursor',
    document: query(field, '$before: String', 'before: $before, last: 200', '{ nodes { id } totalCount }'),
    variables: (names: Names) => ({ before: names[cursor] }),
  })),
  filtered('calls', 'a group', (names) => ({ group: { kind: 'case', key: names.groupKey } })),
  filtered('callEvents', 'a group', (names) => ({ group: { kind: 'case', key: names.groupKey } })),
  filtered('callEvents', "the sender's id", (names) => ({ eventId: names.eventId })),
  filtered('callEvents', 'a session', (names) => ({ sessionId: names.session })),
  filtered('deliveries', 'an account', (names) => ({ account: names.vendorAccount })),
  filtered('inboundMessages', 'an account', (names) => ({ account: names.vendorAccount })),
  filtered('deliveries', 'a call', (names) => ({ call: { id: names.call } })),
  filtered('deliveries', 'a reference', (names) => ({ call: { reference: reference(names.reference) } })),
];

/** A list of what a filter finds. */
function filtered(field: string, by: string, filter: (names: Names) => object): Asking {
  const one = field.replace(/ies$/, 'ys').slice(0, -1);
  const type = `${one[0]?.toUpperCase()}${one.slice(1)}Filter`;
  return {
    field,
    by,
    document: query(field, `$filter: ${type}`, 'filter: $filter', '{ nodes { id } totalCount }'),
    variables: (names) => ({ filter: filter(names) }),
  };
}

/** Both ways to name a call, for a mutation that takes a CallLocator as `call`. */
function byLocator(field: string, more: string, selection: string): Asking[] {
  const document = mutation(field, '$call: CallLocator!', `call: $call${more}`, selection);
  return [
    { field, by: "a call's id", document, variables: (names) => ({ call: { id: names.call } }) },
    {
      field,
      by: 'a reference',
      document,
      variables: (names) => ({ call: { reference: reference(names.reference) } }),
    },
  ];
}

/** All ways to name a voice call. */
function byVoiceCallLocator(field: string, type: string, input: object): Asking[] {
  const document = mutation(
    field,
    `$voiceCall: VoiceCallLocator!, $input: ${type}!`,
    'voiceCall: $voiceCall, input: $input',
    'voiceCall { id }',
  );
  const asking = (by: string, locator: (names: Names) => object): Asking => ({
    field,
    by,
    document,
    variables: (names) => ({ voiceCall: locator(names), input }),
  });
  return [
    asking('its id', (names) => ({ id: names.voiceCall })),
    asking("its call's id", (names) => ({ call: { id: names.call } })),
    asking('a reference of its call', (names) => ({ call: { reference: reference(names.reference) } })),
  ];
}

const UPSERT = mutation(
  'upsertCall',
  '$input: UpsertCallInput!',
  'input: $input',
  'created call { id groups { id } parent { id } }',
);

function upserting(by: string, input: (names: Names) => object): Asking {
  const references = () => [reference(fresh('own'))];
  return {
    field: 'upsertCall',
    by,
    document: UPSERT,
    variables: (names) => ({ input: { references: references(), ...input(names) } }),
  };
}

function recording(by: string, input: (names: Names) => object): Asking {
  return {
    field: 'recordCallEvent',
    by,
    document: mutation(
      'recordCallEvent',
      '$input: RecordCallEventInput!',
      'input: $input',
      'event { id match group { id } calls { nodes { id } } }',
    ),
    variables: (names) => ({
      input: { eventTime: '2024-01-15T10:00:00Z', metadata: { mine: true }, ...input(names) },
    }),
  };
}

function newVoiceCall(names: Partial<Names> = {}) {
  const { uid = fresh('uid'), sourceId = fresh('source'), externalUuid = fresh('external') } = names;
  return { ...VOICE_CALL, uid, sourceId, externalUuid };
}

const CREATE = mutation(
  'createVoiceCall',
  '$call: CallLocator, $input: CreateVoiceCallInput!',
  'call: $call, input: $input',
  'voiceCall { id }',
);

const WRITES: Asking[] = [
  upserting('one of its references', (names) => ({ references: [reference(names.reference)] })),
  upserting('the id of its parent', (names) => ({ parent: { id: names.call } })),
  upserting('a reference of its parent', (names) => ({ parent: { reference: reference(names.reference) } })),
  upserting('its group', (names) => ({ groups: [{ kind: 'case', key: names.groupKey }] })),
  upserting('the id of its recording', (names) => ({
    references: [reference(names.reference)],
    recordings: [{ system: 'BURKI', vendorId: names.recordingId, status: 'completed' }],
  })),
  upserting('the id of its transcript', (names) => ({
    references: [reference(names.reference)],
    transcripts: [{ system: 'BURKI', vendorId: names.transcriptId, lines: [] }],
  })),
  {
    field: 'upsertCalls',
    by: 'references of its own and of its parent',
    document: mutation(
      'upsertCalls',
      '$inputs: [UpsertCallInput!]!',
      'inputs: $inputs',
      'created call { id groups { id } parent { id } }',
    ),
    variables: (names) => ({
      inputs: [
        { references: [reference(names.reference)], groups: [{ kind: 'case', key: names.groupKey }] },
        { references: [reference(fresh('own'))], parent: { id: names.call } },
      ],
    }),
  },
  ...byLocator('updateCall', ', input: { reason: "mine" }', 'call { id }'),
  {
    field: 'updateCall',
    by: 'its group',
    document: mutation(
      'updateCall',
      '$call: CallLocator!, $input: UpdateCallInput!',
      'call: $call, input: $input',
      'call { id groups { id } }',
    ),
    variables: (names) => ({
      call: { id: names.call },
      input: {
        addGroups: [{ kind: 'case', key: names.groupKey }],
        addReferences: [reference(names.reference)],
      },
    }),
  },
  ...byLocator('eraseCall', '', 'erasedCallId'),
  {
    field: 'eraseCustomer',
    by: 'nothing',
    document: mutation('eraseCustomer', '$number: String!', 'number: $number', 'erasedCalls'),
    variables: () => ({ number: '+15005550999' }),
  },
  {
    field: 'joinCalls',
    by: 'the id of one and a reference of the other',
    document: mutation(
      'joinCalls',
      '$call: CallLocator!, $duplicate: CallLocator!',
      'call: $call, duplicate: $duplicate',
      'call { id }',
    ),
    variables: (names) => ({
      call: { id: names.call },
      duplicate: { reference: reference(names.reference) },
    }),
  },
  {
    field: 'mergeCallsMetadata',
    by: 'the id and a reference of its call',
    document: mutation(
      'mergeCallsMetadata',
      '$items: [MergeCallMetadataItem!]!',
      'items: $items',
      'call { id }',
    ),
    variables: (names) => ({
      items: [{ id: names.call }, { reference: reference(names.reference) }].map((call) => ({
        call,
        metadata: { mine: true },
      })),
    }),
  },
  {
    field: 'recordCallEvents',
    by: 'all that one can name',
    document: mutation(
      'recordCallEvents',
      '$inputs: [RecordCallEventInput!]!',
      'inputs: $inputs',
      'event { id match group { id } calls { nodes { id } } }',
    ),
    variables: (names) => ({
      inputs: [
        { target: { sessionId: names.session } },
        { target: { call: { id: names.call } } },
        { target: { call: { reference: reference(names.reference) } } },
        { target: { group: { kind: 'case', key: names.groupKey } } },
        { eventId: names.eventId },
      ].map((input) => ({ eventTime: '2024-01-15T10:00:00Z', metadata: { mine: true }, ...input })),
    }),
  },
  ...(['waiting', 'event'] as const).map((name) => ({
    field: 'dismissCallEvent',
    by: `the id of the ${name === 'event' ? 'matched' : name} one`,
    document: mutation('dismissCallEvent', '$id: ID!', 'id: $id', 'event { id }'),
    variables: (names: Names) => ({ id: names[name] }),
  })),
  recording('its session', (names) => ({ target: { sessionId: names.session } })),
  recording("its call's id", (names) => ({ target: { call: { id: names.call } } })),
  recording('a reference of its call', (names) => ({
    target: { call: { reference: reference(names.reference) } },
  })),
  recording('its group', (names) => ({ target: { group: { kind: 'case', key: names.groupKey } } })),
  recording("the sender's id", (names) => ({ eventId: names.eventId })),
  {
    field: 'assignCallEvent',
    by: 'its id',
    document: mutation(
      'assignCallEvent',
      '$id: ID!, $call: CallLocator!',
      'id: $id, call: $call',
      'event { id }',
    ),
    variables: (names) => ({ id: names.waiting, call: { id: names.call } }),
  },
  {
    field: 'createMatchRule',
    by: 'nothing',
    document: mutation(
      'createMatchRule',
      '$input: CreateMatchRuleInput!',
      'input: $input',
      'matchRule { id }',
    ),
    variables: () => ({ input: { name: 'caller', metadataPath: ['ani'], callField: 'FROM' } }),
  },
  {
    field: 'updateMatchRule',
    by: 'its id',
    document: mutation(
      'updateMatchRule',
      '$id: ID!, $input: UpdateMatchRuleInput!',
      'id: $id, input: $input',
      'matchRule { id }',
    ),
    variables: (names) => ({ id: names.rule, input: { name: 'mine' } }),
  },
  {
    field: 'deleteMatchRule',
    by: 'its id',
    document: 'mutation ($id: ID!) { deleteMatchRule(id: $id) { deleted: id errors { code message path } } }',
    variables: (names) => ({ id: names.rule }),
  },
  ...['replayDeliveries', 'discardDeliveries'].map((field) => ({
    field,
    by: 'its id',
    document: mutation(field, '$ids: [ID!]!', 'ids: $ids', 'deliveries { id }'),
    variables: (names: Names) => ({ ids: [names.delivery] }),
  })),
  {
    field: 'replayInboundMessages',
    by: 'its id',
    document: 'mutation ($ids: [ID!]!) { replayInboundMessages(ids: $ids) { id } }',
    variables: (names) => ({ ids: [names.message] }),
  },
  {
    field: 'startCallImport',
    by: 'its account',
    document: mutation('startCallImport', '$account: ID!', 'account: $account', 'callImport { id }'),
    variables: (names) => ({ account: names.otherAccount }),
  },
  {
    field: 'cancelCallImport',
    by: 'its id',
    document: mutation('cancelCallImport', '$id: ID!', 'id: $id', 'callImport { id }'),
    variables: (names) => ({ id: names.callImport }),
  },
  {
    field: 'createVendorAccount',
    by: 'nothing',
    document: mutation(
      'createVendorAccount',
      '$input: CreateVendorAccountInput!',
      'input: $input',
      'vendorAccount { id }',
    ),
    variables: () => ({
      input: { name: fresh('account'), vendor: { burki: { apiKey: 'key' } }, sends: false },
    }),
  },
  {
    field: 'updateVendorAccount',
    by: 'its id',
    document: mutation(
      'updateVendorAccount',
      '$id: ID!, $input: UpdateVendorAccountInput!',
      'id: $id, input: $input',
      'vendorAccount { id }',
    ),
    variables: (names) => ({ id: names.vendorAccount, input: { paused: true } }),
  },
  {
    field: 'testVendorAccount',
    by: 'its id',
    document: mutation('testVendorAccount', '$id: ID!', 'id: $id', 'ok'),
    variables: (names) => ({ id: names.vendorAccount }),
  },
  {
    field: 'deleteVendorAccount',
    by: 'its id',
    document: mutation('deleteVendorAccount', '$id: ID!', 'id: $id', 'deleted: id'),
    variables: (names) => ({ id: names.vendorAccount }),
  },
  ...byLocator('mergeCallMetadata', ', metadata: { mine: true }', 'call { id }'),
  {
    field: 'createVoiceCall',
    by: "its call's id",
    document: CREATE,
    variables: (names) => ({ call: { id: names.call }, input: newVoiceCall() }),
  },
  {
    field: 'createVoiceCall',
    by: 'a reference of its call',
    document: CREATE,
    variables: (names) => ({ call: { reference: reference(names.reference) }, input: newVoiceCall() }),
  },
  ...(['uid', 'sourceId', 'externalUuid'] as const).map((name) => ({
    field: 'createVoiceCall',
    by: `its ${name}`,
    document: CREATE,
    variables: (names: Names) => ({ input: newVoiceCall({ [name]: names[name] }) }),
  })),
  ...byVoiceCallLocator('updateVoiceCall', 'UpdateVoiceCallInput', {
    ...VOICE_CALL_WHOLE,
    sourceId: 'another source',
    externalUuid: 'another external',
  }),
  ...byVoiceCallLocator('patchVoiceCall', 'PatchVoiceCallInput', { callSummary: 'mine' }),
  {
    field: 'patchVoiceCalls',
    by: 'its id, and the id and a reference of its call',
    document: mutation(
      'patchVoiceCalls',
      '$items: [PatchVoiceCallItem!]!',
      'items: $items',
      'voiceCall { id }',
    ),
    variables: (names) => ({
      items: [
        { id: names.voiceCall },
        { call: { id: names.call } },
        { call: { reference: reference(names.reference) } },
      ].map((voiceCall) => ({ voiceCall, input: { callSummary: 'mine' } })),
    }),
  },
  ...byLocator('replaceCallFlow', ', commands: [{ hangup: {} }]', 'callFlow { id } call { id }'),
  {
    field: 'recordCallFlowProgress',
    by: 'its id',
    document: mutation(
      'recordCallFlowProgress',
      '$callFlow: ID!, $commands: [CallFlowProgressInput!]!',
      'callFlow: $callFlow, commands: $commands, vendorId: "mine"',
      'callFlow { id }',
    ),
    variables: (names) => ({
      callFlow: names.callFlow,
      commands: [{ id: names.command, status: 'RUNNING' }],
    }),
  },
  ...byLocator('hangUpCall', '', 'call { id }'),
];

/** Every root field, in each of the ways in which a client can name what it wants. */
export const ASKINGS: Asking[] = [...READS, ...WRITES];
