import { closed, OBJECT, oneOf, open, orNull, type Schema, STRING, type VendorSpec } from './vendor-spec.js';

const UUID = { type: 'string', format: 'uuid' };
const INSTANT = { type: 'string', format: 'date-time' };
const FLAG = { type: 'boolean' };
const integer = (bounds: Schema = {}) => ({ type: 'integer', ...bounds });

const channel = { workspaceId: UUID, channelId: UUID };
const call = { ...channel, callId: UUID };
const CALLS = '/workspaces/{workspaceId}/channels/{channelId}/calls';

/** Each command's options. */
const OPTIONS: Record<string, Schema> = {
  answer: OBJECT,
  ringing: OBJECT,
  hangup: OBJECT,
  pause: closed({ pauseSeconds: integer({ minimum: 1 }) }),
  playback: closed(
    {
      media: { type: 'array', items: STRING },
      loop: integer(),
      timeout: integer(),
      pauseMilliseconds: integer({ maximum: 30_000 }),
    },
    ['media'],
  ),
  say: closed({ text: STRING, locale: STRING, voice: STRING, loop: integer(), timeout: integer() }, ['text']),
  gather: closed({
    maxNumKeys: integer(),
    endKey: STRING,
    timeout: integer(),
    retries: integer(),
    input: STRING,
    speechLocale: STRING,
    say: OBJECT,
    playback: OBJECT,
  }),
  record: closed({
    endKey: STRING,
    maxLength: integer(),
    timeout: integer(),
    beep: FLAG,
    transcribe: FLAG,
    transcribeLocale: STRING,
  }),
  bridge: closed(
    {
      to: STRING,
      from: STRING,
      ringTimeout: integer({ minimum: 3, maximum: 120 }),
      maxDuration: integer({ minimum: 1 }),
      ringTone: STRING,
      hangupAfterBridge: FLAG,
      record: FLAG,
      recordStart: STRING,
      recordStereo: FLAG,
    },
    ['to'],
  ),
};
const CONDITIONS = {
  type: 'array',
  items: closed({ variable: STRING, operator: STRING, value: STRING }),
};
const COMMAND: Schema = {
  type: 'object',
  discriminator: { propertyName: 'command' },
  oneOf: Object.entries(OPTIONS).map(([name, options]) =>
    closed(
      {
        command: { type: 'string', const: name },
        options: { ...options, nullable: true },
        conditions: CONDITIONS,
      },
      needsOptions(options) ? ['command', 'options'] : ['command'],
    ),
  ),
};

function needsOptions({ required }: Schema): boolean {
  return Array.isArray(required) && required.length > 0;
}

const STATUSES = [
  ...['accepted', 'starting', 'ringing', 'ongoing', 'completed', 'no-answer', 'busy', 'failed'],
  ...['cancelled', 'scheduled'],
];

const LIST = closed({
  limit: integer({ minimum: 1, maximum: 1000 }),
  pageToken: { type: 'string', maxLength: 8000 },
  startAt: INSTANT,
  endAt: INSTANT,
  status: oneOf(...STATUSES),
  type: oneOf('pstn', 'sip', 'webrtc'),
  to: { type: 'string', minLength: 1, maxLength: 100 },
  from: { type: 'string', minLength: 1, maxLength: 100 },
  duration: integer({ minimum: 0 }),
  direction: oneOf('incoming', 'outgoing'),
  id: UUID,
  tag: { type: 'array', items: STRING },
});

const PARTY = closed({
  contact: closed({ id: STRING, identifierKey: STRING, identifierValue: STRING }),
  number: closed({
    ...{ type: STRING, number: STRING, anonymous: FLAG, callerIdName: STRING, identity: STRING },
    ...{ countryIsoCode: STRING, pstnNumberType: STRING },
  }),
});
const ANSWERED_COMMAND = closed(
  {
    ...{ id: UUID, callId: UUID, callFlowId: UUID, status: STRING, command: oneOf(...Object.keys(OPTIONS)) },
    conditions: CONDITIONS,
  },
  ['callId', 'status', 'command'],
);
/** Bird requires the first row; of a call that Bird does not know whole, they may be null. */
const REQUIRED = {
  ...{ id: UUID, createdAt: INSTANT, updatedAt: INSTANT },
  ...{ channelId: orNull(UUID), from: orNull(STRING), to: orNull(STRING), type: orNull(STRING) },
  ...{ originator: orNull(PARTY), receiver: orNull(PARTY) },
  direction: { ...oneOf('incoming', 'outgoing'), enum: ['incoming', 'outgoing', null], nullable: true },
  status: { type: 'string', enum: [...STATUSES, null], nullable: true },
};
const CALL = closed(
  {
    ...REQUIRED,
    ...{ parentId: UUID, reason: STRING, duration: integer(), sipType: STRING },
    ...{ hangupCauseCode: integer(), hangupSource: STRING, hangupSipCode: STRING },
    ...{ ringingAt: INSTANT, answeredAt: INSTANT, endedAt: INSTANT, scheduledFor: INSTANT },
    callFlow: closed({ id: UUID, commands: { type: 'array', items: ANSWERED_COMMAND } }),
    notification: closed({ url: STRING }),
    qualityInsights: closed({ mos: STRING, pdd: STRING }),
    sipInsights: closed({
      ...{ hangupSipCode: STRING, edgeRegion: STRING, providerName: STRING, userAgent: STRING },
      ...{ remoteSignallingIp: STRING, remoteMediaIp: STRING },
    }),
    amdResult: closed({ result: STRING, speech: STRING, locale: STRING }),
    tags: { type: 'array', items: STRING },
  },
  Object.keys(REQUIRED),
);

export const BIRD: VendorSpec = {
  scheme: 'AccessKey',
  refusal: open({ code: STRING, message: STRING }, ['code', 'message']),
  operations: [
    {
      name: 'update',
      method: 'PATCH',
      path: `${CALLS}/{callId}`,
      parameters: call,
      body: closed({
        status: oneOf('completed'),
        callFlow: { type: 'array', maxItems: 20, items: COMMAND },
      }),
      answers: { 202: CALL },
    },
    {
      name: 'hangUp',
      method: 'POST',
      path: `${CALLS}/{callId}/hangup`,
      parameters: call,
      body: closed({ cause: oneOf('rejected', 'busy') }),
      isBodyOptional: true,
      answers: { 202: ANSWERED_COMMAND },
    },
    {
      name: 'get',
      method: 'GET',
      path: `${CALLS}/{callId}`,
      parameters: call,
      answers: { 200: CALL },
    },
    {
      name: 'audio',
      method: 'GET',
      path: '/workspaces/{workspaceId}/recordings/{recordingId}.mp3',
      parameters: { workspaceId: UUID, recordingId: UUID },
    },
    {
      name: 'recordings',
      method: 'GET',
      path: '/workspaces/{workspaceId}/recordings',
      parameters: { workspaceId: UUID },
      query: closed({
        ...{ limit: integer({ minimum: 1, maximum: 99 }), pageToken: STRING, id: UUID, from: STRING },
        ...{
          sourceId: UUID,
          channelId: UUID,
          direction: STRING,
          startAt: INSTANT,
          endAt: INSTANT,
          to: STRING,
        },
      }),
    },
    { name: 'listOfChannel', method: 'GET', path: CALLS, parameters: channel, query: LIST },
    {
      name: 'listOfWorkspace',
      method: 'GET',
      path: '/workspaces/{workspaceId}/channels/calls',
      parameters: { workspaceId: UUID },
      query: LIST,
    },
  ],
};
