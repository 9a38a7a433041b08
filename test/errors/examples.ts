import { fresh, type Names, VOICE_CALL_WHOLE } from '../identity/world.js';
import type { Variables } from '../support/gateway.js';

/** A request for one root field with every argument and every field of every input. */
export interface Example {
  field: string;
  operation: 'query' | 'mutation';
  selection: string;
  args: (names: Names) => Variables;
}

const TIME = '2024-01-15T10:00:00.000Z';
const PAYLOAD = '{ errors { code message path } }';
const reference = (value: string) => ({ system: 'OTHER', name: 'case', value });

const conditions = [{ variable: 'keys', operator: 'eq', value: '1' }];
const say = { text: 'Hello', locale: 'en-GB', voice: 'male' };

const COMMANDS = [
  { answer: { conditions, media: ['https://example.com/a.mp3'], loop: 0, timeout: 0 } },
  { ringing: { conditions } },
  { hangup: { conditions } },
  { pause: { conditions, pauseSeconds: 1 } },
  { playback: { conditions, media: ['a', 'b'], loop: 1, timeout: 2, pauseMilliseconds: 3 } },
  { say: { conditions, ...say, loop: 1, timeout: 2 } },
  {
    gather: {
      conditions,
      input: 'dtmf',
      maxNumKeys: 1,
      endKey: '#',
      timeout: 2,
      retries: 3,
      speechLocale: 'en-GB',
      say,
    },
  },
  { gather: { playback: { media: ['a'] } } },
  {
    record: {
      conditions,
      endKey: '#',
      maxLength: 1,
      timeout: 2,
      beep: true,
      transcribe: false,
      transcribeLocale: 'en-GB',
    },
  },
  {
    bridge: {
      conditions,
      to: '+14155550148',
      from: '+14155550901',
      ringTimeout: 3,
      maxDuration: 1,
      ringTone: 'us',
      hangupAfterBridge: true,
      record: false,
      recordStart: 'answer',
      recordStereo: false,
    },
  },
];

const participant = {
  contact: { contactId: 'c', identifierKey: 'phonenumber', identifierValue: '+351910648518' },
  number: {
    type: 'pstn',
    number: '+351910648518',
    anonymous: false,
    callerIdName: 'Jose G',
    identity: 'i',
    countryIsoCode: 'PT',
    pstnNumberType: 'mobile',
  },
};

const upsert = (names: Names) => ({
  references: [reference(names.reference), { system: 'BURKI', name: 'callSid', value: fresh('CA') }],
  from: '+14155550148',
  to: '+14155550901',
  direction: 'INBOUND',
  status: 'IN_PROGRESS',
  vendorStatus: 'ongoing',
  type: 'pstn',
  customerNumber: '+14155550148',
  originator: participant,
  receiver: participant,
  workspaceId: 'w',
  channelId: 'c',
  parent: { reference: reference('a parent that is yet to come') },
  assistant: { assistantId: '123', name: 'ServiceBot' },
  tags: ['sales', 'vip'],
  notificationUrl: 'https://example.com/notify',
  sipType: 'trunk',
  reason: 'none',
  hangup: { causeCode: 16, source: 'callee', sipCode: '200' },
  duration: 0,
  scheduledFor: TIME,
  ringingAt: TIME,
  startedAt: TIME,
  answeredAt: TIME,
  endedAt: TIME,
  vendorCreatedAt: TIME,
  vendorUpdatedAt: TIME,
  cost: { total: '0.05', llm: '0.01', tts: '0.01', stt: '0.01', telephony: '0.02', currency: 'USD' },
  answeringMachineDetection: { result: 'human', speech: 'hello', locale: 'en-US' },
  quality: { mos: '4.2', pdd: '1.1' },
  sip: {
    hangupSipCode: '200',
    edgeRegion: 'eu',
    providerName: 'p',
    userAgent: 'u',
    remoteSignallingIp: '192.0.2.1',
    remoteMediaIp: '192.0.2.2',
  },
  metadata: { customer_id: 'cust_abc123' },
  groups: [{ kind: 'case', key: '4711' }],
  callFlow: COMMANDS,
  vendorCallFlow: {
    vendorId: fresh('flow'),
    commands: [{ vendorId: fresh('command'), command: 'SAY', status: 'completed', conditions }],
  },
  recordings: [
    {
      system: 'BURKI',
      vendorId: fresh('recording'),
      kind: 'CALL',
      status: 'completed',
      duration: 61,
      format: 'mp3',
      createdAt: TIME,
    },
  ],
  transcripts: [
    {
      system: 'BURKI',
      vendorId: fresh('transcript'),
      status: 'DONE',
      language: 'en-GB',
      summary: 'A greeting.',
      lines: [{ start: 0, end: 1, speaker: 'AGENT', speakerName: 'assistant', text: 'Hello', confidence: 1 }],
    },
  ],
});

const newVoiceCall = () => ({
  ...VOICE_CALL_WHOLE,
  uid: fresh('uid'),
  sourceId: fresh('source'),
  externalUuid: fresh('external'),
  handledByStaffUid: 'staff-2',
});

const replaced = () => ({
  ...VOICE_CALL_WHOLE,
  sourceId: fresh('source'),
  externalUuid: fresh('external'),
  handledByStaffUid: 'staff-2',
});

const patched = () => {
  const {
    sourceId: _source,
    externalUuid: _external,
    provider: _provider,
    ...rest
  } = {
    ...VOICE_CALL_WHOLE,
    sourceId: '',
    externalUuid: '',
    handledByStaffUid: 'staff-2',
  };
  return rest;
};

const RANGE = { from: TIME, to: TIME };

const simpleFilter = ({ groupKey }: Names) => ({
  status: ['RINGING', 'IN_PROGRESS'],
  direction: ['INBOUND'],
  system: ['OTHER', 'VCITA'],
  from: '+14155550148',
  to: '+14155550901',
  customerNumber: '+14155550148',
  assistantId: 'a',
  channelId: 'c',
  group: { kind: 'case', key: groupKey },
  tags: { anyOf: ['a', 'b'], allOf: ['a'] },
  metadata: { contains: { a: { b: 1 } }, anyOf: [{ a: 1 }, { b: 1 }], hasKeys: ['a'] },
  createdAt: RANGE,
  updatedAt: RANGE,
  startedAt: RANGE,
  endedAt: RANGE,
  duration: { min: 1, max: 2 },
  hasVoiceCall: true,
  occurredAt: RANGE,
  search: '555-0148',
  staffUid: ['staff-1', 'staff-2'],
  clientUid: ['client-1'],
  hasRecording: true,
  deliveryState: ['DEAD', 'PENDING'],
});

const callFilter = (names: Names) => ({
  ...simpleFilter(names),
  and: [{ status: ['RINGING'] }],
  or: [{ tags: { anyOf: ['a'] } }, { hasVoiceCall: true }],
  not: { direction: ['OUTBOUND'] },
});

const VOICE_CALL_FILTER = {
  status: ['MISSED', 'VOICEMAIL'],
  direction: ['INBOUND'],
  staffUid: ['staff-1', 'staff-2'],
  clientUid: ['client-1'],
  handledByStaffUid: ['staff-1'],
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  createdAt: RANGE,
  updatedAt: RANGE,
  occurredAt: RANGE,
  duration: { min: 1, max: 2 },
  search: '555-0148',
};

const mutation = (field: string, args: Example['args']): Example => ({
  field,
  operation: 'mutation',
  selection: PAYLOAD,
  args,
});
const query = (field: string, selection: string, args: Example['args']): Example => ({
  field,
  operation: 'query',
  selection,
  args,
});

export const EXAMPLES: Example[] = [
  query('node', '{ id }', ({ call }) => ({ id: call })),
  query('nodes', '{ id }', ({ call, voiceCall }) => ({ ids: [call, voiceCall] })),
  query('call', '{ id }', ({ call }) => ({ id: call })),
  query('callByReference', '{ id }', (names) => ({ reference: reference(names.reference) })),
  query('calls', '{ nodes { id } }', ({ callCursor }) => ({
    first: 1,
    after: callCursor,
    before: callCursor,
  })),
  query('calls', '{ nodes { id } }', ({ callCursor }) => ({
    last: 1,
    before: callCursor,
    after: callCursor,
  })),
  query('calls', '{ nodes { id } }', (names) => ({
    filter: callFilter(names),
    orderBy: { field: 'DURATION', direction: 'ASC' },
    first: 1,
  })),
  query('voiceCalls', '{ nodes { id } }', ({ voiceCallCursor }) => ({ first: 1, after: voiceCallCursor })),
  query('voiceCalls', '{ nodes { id } }', ({ voiceCallCursor }) => ({ last: 1, before: voiceCallCursor })),
  query('voiceCalls', '{ nodes { id } }', () => ({
    filter: VOICE_CALL_FILTER,
    orderBy: { field: 'DURATION', direction: 'ASC' },
  })),
  query('callGroup', '{ id }', ({ groupKey }) => ({ group: { kind: 'case', key: groupKey } })),
  query('callEvents', '{ nodes { id } }', ({ eventCursor }) => ({ first: 1, after: eventCursor })),
  query('callEvents', '{ nodes { id } }', ({ eventCursor }) => ({ last: 1, before: eventCursor })),
  query('callEvents', '{ nodes { id } }', ({ groupKey, session, eventId }) => ({
    filter: {
      match: ['MATCHED', 'PENDING'],
      sessionId: session,
      eventId,
      group: { kind: 'case', key: groupKey },
      eventTime: RANGE,
    },
  })),
  query('deliveries', '{ nodes { id } }', ({ deliveryCursor }) => ({ first: 1, after: deliveryCursor })),
  query('deliveries', '{ nodes { id } }', ({ deliveryCursor }) => ({ last: 1, before: deliveryCursor })),
  query('deliveries', '{ nodes { id } }', ({ vendorAccount: account, call }) => ({
    filter: {
      state: ['DEAD', 'PENDING'],
      kind: ['METADATA', 'EVENT'],
      account,
      call: { id: call },
      createdAt: RANGE,
    },
  })),
  query('inboundMessages', '{ nodes { id } }', ({ messageCursor }) => ({ first: 1, after: messageCursor })),
  query('inboundMessages', '{ nodes { id } }', ({ messageCursor }) => ({ last: 1, before: messageCursor })),
  query('inboundMessages', '{ nodes { id } }', ({ vendorAccount: account }) => ({
    filter: { state: ['UNRECOGNISED', 'FAILED'], account, receivedAt: RANGE },
  })),
  query('deliveries', '{ nodes { id } }', (names) => ({
    filter: { call: { reference: reference(names.reference) } },
  })),
  query('voiceCall', '{ id }', ({ voiceCall }) => ({ id: voiceCall })),
  query('callFlow', '{ id }', ({ callFlow }) => ({ id: callFlow })),
  mutation('upsertCall', (names) => ({ input: upsert(names) })),
  mutation('upsertCall', (names) => ({
    input: { references: [reference(fresh('child'))], parent: { id: names.call } },
  })),
  mutation('upsertCalls', (names) => ({ inputs: [upsert(names)] })),
  mutation('upsertCalls', (names) => ({
    inputs: [{ references: [reference(fresh('child'))], parent: { id: names.call } }],
  })),
  mutation('updateCall', (names) => ({
    call: { reference: reference(names.reference) },
    input: {
      from: '+14155550148',
      to: '+14155550901',
      direction: 'INBOUND',
      status: 'IN_PROGRESS',
      vendorStatus: 'ongoing',
      type: 'pstn',
      customerNumber: '+14155550148',
      assistant: { assistantId: '123', name: 'ServiceBot' },
      reason: 'none',
      duration: 0,
      startedAt: TIME,
      answeredAt: TIME,
      endedAt: TIME,
      cost: { total: '0.05', llm: '0.01', tts: '0.01', stt: '0.01', telephony: '0.02', currency: 'USD' },
      addReferences: [reference(fresh('added'))],
      addTags: ['vip'],
      removeTags: ['sales'],
      addGroups: [{ kind: 'case', key: names.groupKey }],
      removeGroups: [{ kind: 'case', key: '4712' }],
    },
    expectedRevision: 3,
  })),
  mutation('updateCall', ({ call }) => ({ call: { id: call }, input: { reason: 'none' } })),
  mutation('eraseCall', ({ call }) => ({ call: { id: call } })),
  mutation('eraseCall', (names) => ({ call: { reference: reference(names.reference) } })),
  mutation('eraseCustomer', () => ({ number: '+14155550148' })),
  mutation('joinCalls', (names) => ({
    call: { id: names.call },
    duplicate: { reference: reference(names.child) },
  })),
  mutation('joinCalls', (names) => ({
    call: { reference: reference(names.child) },
    duplicate: { id: names.call },
  })),
  mutation('recordCallEvent', (names) => ({
    input: {
      target: { sessionId: names.session },
      eventId: fresh('event'),
      eventTime: TIME,
      metadata: { a: 2 },
    },
  })),
  mutation('recordCallEvent', ({ call }) => ({
    input: { target: { call: { id: call } }, eventTime: TIME, metadata: { a: 2 } },
  })),
  mutation('recordCallEvent', (names) => ({
    input: {
      target: { call: { reference: reference(names.reference) } },
      eventTime: TIME,
      metadata: { a: 2 },
    },
  })),
  mutation('recordCallEvent', ({ groupKey }) => ({
    input: { target: { group: { kind: 'case', key: groupKey } }, eventTime: TIME, metadata: { a: 2 } },
  })),
  mutation('recordCallEvents', (names) => ({
    inputs: [
      {
        target: { sessionId: names.session },
        eventId: fresh('event'),
        eventTime: TIME,
        metadata: { a: 2 },
      },
    ],
  })),
  mutation('recordCallEvents', ({ call }) => ({
    inputs: [{ target: { call: { id: call } }, eventTime: TIME, metadata: { a: 2 } }],
  })),
  mutation('recordCallEvents', (names) => ({
    inputs: [
      { target: { call: { reference: reference(names.reference) } }, eventTime: TIME, metadata: { a: 2 } },
    ],
  })),
  mutation('recordCallEvents', ({ groupKey }) => ({
    inputs: [{ target: { group: { kind: 'case', key: groupKey } }, eventTime: TIME, metadata: { a: 2 } }],
  })),
  mutation('dismissCallEvent', ({ event }) => ({ id: event })),
  mutation('assignCallEvent', (names) => ({
    id: names.waiting,
    call: { reference: reference(names.reference) },
  })),
  mutation('assignCallEvent', ({ waiting, call }) => ({ id: waiting, call: { id: call } })),
  mutation('createMatchRule', () => ({
    input: {
      name: 'crm',
      metadataPath: ['crm', 'id'],
      callField: 'METADATA',
      callMetadataPath: ['customer', 'id'],
      windowMinutes: 60,
    },
  })),
  mutation('updateMatchRule', ({ rule }) => ({
    id: rule,
    input: {
      name: 'crm',
      metadataPath: ['crm', 'id'],
      callField: 'METADATA',
      callMetadataPath: ['customer', 'id'],
      windowMinutes: 60,
    },
  })),
  mutation('deleteMatchRule', ({ rule }) => ({ id: rule })),
  mutation('discardDeliveries', ({ delivery }) => ({ ids: [delivery] })),
  mutation('replayDeliveries', ({ delivery }) => ({ ids: [delivery] })),
  {
    field: 'replayInboundMessages',
    operation: 'mutation',
    selection: '{ id }',
    args: ({ message }) => ({ ids: [message] }),
  },
  mutation('startCallImport', ({ otherAccount: account }) => ({
    account,
    from: '2024-01-01T00:00:00.000Z',
    to: '2024-02-01T00:00:00.000Z',
  })),
  mutation('cancelCallImport', ({ callImport }) => ({ id: callImport })),
  mutation('createVendorAccount', () => ({
    input: {
      name: fresh('account'),
      vendor: { burki: { baseUrl: 'https://burki.example.com', apiKey: 'key' } },
      sends: false,
      receives: false,
    },
  })),
  mutation('createVendorAccount', () => ({
    input: {
      name: fresh('account'),
      vendor: {
        creovai: {
          baseUrl: 'https://creovai.example.com',
          clientId: 'client',
          clientSecret: 'secret',
          matchesWithoutSession: true,
        },
      },
      sends: false,
    },
  })),
  mutation('createVendorAccount', () => ({
    input: {
      name: fresh('account'),
      vendor: {
        vcita: {
          baseUrl: 'https://vcita.example.com',
          token: 'token',
          businessUid: 'business',
          directory: false,
          voicemailStatus: 'VOICEMAIL',
        },
      },
      sends: false,
      // Else its updates are read, which changes its row at any time.
      receives: false,
    },
  })),
  mutation('createVendorAccount', () => ({
    input: {
      name: fresh('account'),
      vendor: {
        bird: {
          baseUrl: 'https://bird.example.com',
          accessKey: 'key',
          workspaceId: 'workspace',
          channelId: 'channel',
          signingKey: 'signing key',
        },
      },
      sends: false,
    },
  })),
  mutation('updateVendorAccount', ({ vendorAccount }) => ({
    id: vendorAccount,
    input: {
      name: fresh('account'),
      vendor: { burki: { apiKey: 'another key' } },
      sends: false,
      receives: false,
      paused: false,
      rotateWebhookToken: true,
    },
  })),
  mutation('testVendorAccount', ({ vendorAccount }) => ({ id: vendorAccount })),
  mutation('deleteVendorAccount', ({ vendorAccount }) => ({ id: vendorAccount })),
  mutation('mergeCallsMetadata', (names) => ({
    items: [{ call: { reference: reference(names.reference) }, metadata: { a: 2 } }],
  })),
  mutation('mergeCallsMetadata', ({ call }) => ({
    items: [{ call: { id: call }, metadata: { b: 2 }, expectedRevision: 3 }],
  })),
  mutation('mergeCallMetadata', (names) => ({
    call: { reference: reference(names.reference) },
    metadata: { a: 2 },
    expectedRevision: 3,
  })),
  mutation('mergeCallMetadata', ({ call }) => ({ call: { id: call }, metadata: { a: 2 } })),
  mutation('createVoiceCall', () => ({ input: newVoiceCall() })),
  mutation('createVoiceCall', ({ call }) => ({ call: { id: call }, input: newVoiceCall() })),
  mutation('updateVoiceCall', (names) => ({
    voiceCall: { id: names.voiceCall },
    input: replaced(),
    expectedRevision: 1,
  })),
  mutation('updateVoiceCall', (names) => ({ voiceCall: { call: { id: names.call } }, input: replaced() })),
  mutation('patchVoiceCall', (names) => ({
    voiceCall: { call: { reference: reference(names.reference) } },
    input: patched(),
    expectedRevision: 1,
  })),
  mutation('patchVoiceCalls', (names) => ({
    items: [{ voiceCall: { id: names.voiceCall }, input: patched(), expectedRevision: 1 }],
  })),
  mutation('patchVoiceCalls', (names) => ({
    items: [{ voiceCall: { call: { reference: reference(names.reference) } }, input: patched() }],
  })),
  mutation('patchVoiceCalls', ({ call }) => ({
    items: [{ voiceCall: { call: { id: call } }, input: patched() }],
  })),
  mutation('replaceCallFlow', (names) => ({
    call: { reference: reference(names.reference) },
    commands: COMMANDS,
    expectedFlowRevision: 1,
    idempotencyKey: `${names.idempotencyKey} again`,
  })),
  mutation('replaceCallFlow', ({ call }) => ({ call: { id: call }, commands: [{ hangup: {} }] })),
  mutation('recordCallFlowProgress', (names) => ({
    callFlow: names.callFlow,
    vendorId: 'f',
    commands: [{ id: names.command, status: 'RUNNING', vendorId: 'c' }],
  })),
  mutation('hangUpCall', (names) => ({ call: { reference: reference(names.reference) } })),
  mutation('hangUpCall', ({ call }) => ({ call: { id: call } })),
];
