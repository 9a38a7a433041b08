/**
 * Requests and responses of Bird's documentation "Update a call". "text" and "string" are replaced by values of that
 * form.
 */
export interface BirdCommand {
  command: string;
  options?: object;
  conditions?: object[];
}

interface BirdParticipant {
  contact?: { id: string; identifierKey: string; identifierValue: string };
  number?: Record<string, string | boolean>;
}

/** Optional members may be missing in a response. */
export interface BirdCall {
  id: string;
  channelId: string;
  from: string;
  to: string;
  originator: BirdParticipant;
  receiver?: BirdParticipant;
  parentId?: string;
  direction: string;
  status: string;
  reason?: string;
  type: string;
  duration: number;
  hangupCauseCode?: number;
  hangupSource?: string;
  hangupSipCode?: string;
  createdAt: string;
  updatedAt: string;
  ringingAt?: string;
  answeredAt?: string;
  endedAt?: string;
  scheduledFor?: string;
  callFlow: { id?: string; commands: { id?: string; callFlowId: string; command: string; status: string }[] };
  notification?: { url: string };
  qualityInsights?: Record<string, string>;
  sipInsights?: Record<string, string>;
  amdResult?: Record<string, string>;
  sipType?: string;
  tags?: string[];
}

const ORIGINATOR = {
  contact: { id: 'contact-1', identifierKey: 'phonenumber', identifierValue: '+351910648518' },
  number: {
    type: 'pstn',
    number: '+351910648518',
    anonymous: true,
    callerIdName: 'Jose G',
    identity: 'sip:jose@example.com',
    countryIsoCode: 'PT',
    pstnNumberType: 'mobile',
  },
};
const SIP_INSIGHTS = {
  hangupSipCode: '200',
  edgeRegion: 'eu-west-1',
  providerName: 'example carrier',
  userAgent: 'Asterisk PBX 18',
  remoteSignallingIp: '192.0.2.1',
  remoteMediaIp: '192.0.2.2',
};
const CONDITIONS = [{ variable: 'keys', operator: 'eq', value: '1' }];
const LONG_ID = '123e4567-e89b-12d3-a456-426614174000';
const LONG_TIME = '2025-12-06T15:29:08.465Z';

/** The sample of the reference: a request that hangs up, and the complete response body. */
export const LONG_REQUEST: BirdCommand[] = [{ command: 'answer', options: {}, conditions: CONDITIONS }];
export const LONG_RESPONSE: BirdCall = {
  id: LONG_ID,
  channelId: LONG_ID,
  from: '+351910648518',
  to: '+3197058016589',
  originator: ORIGINATOR,
  receiver: {
    contact: { id: 'contact-2', identifierKey: 'phonenumber', identifierValue: '+3197058016589' },
    number: { ...ORIGINATOR.number, number: '+3197058016589', countryIsoCode: 'NL' },
  },
  // The document has the call's own id here, which cannot be a call's parent.
  parentId: '123e4567-e89b-12d3-a456-426614174001',
  direction: 'incoming',
  status: 'accepted',
  reason: 'normal clearing',
  type: 'pstn',
  duration: 1,
  hangupCauseCode: 1,
  hangupSource: 'callee',
  hangupSipCode: '200',
  createdAt: LONG_TIME,
  updatedAt: LONG_TIME,
  ringingAt: LONG_TIME,
  answeredAt: LONG_TIME,
  endedAt: LONG_TIME,
  scheduledFor: LONG_TIME,
  callFlow: {
    id: LONG_ID,
    commands: [
      Object.assign(
        { id: LONG_ID, callId: LONG_ID, callFlowId: LONG_ID },
        { status: 'accepted', command: 'answer', conditions: CONDITIONS },
      ),
    ],
  },
  notification: { url: 'https://example.com/notify' },
  qualityInsights: { mos: '4.4', pdd: '1.2' },
  sipInsights: SIP_INSIGHTS,
  amdResult: { result: 'human', speech: 'hello', locale: 'en-US' },
  sipType: 'elastic',
  tags: ['support'],
};

/** "Example 1: Update a call by answering". */
export const EXAMPLE_1_REQUEST: BirdCommand[] = [
  { command: 'answer', options: { media: ['https://example.com/hello.mp3'], loop: 0, timeout: 0 } },
];
const EXAMPLE_1_TIME = '2023-10-25T14:36:18.575Z';
export const EXAMPLE_1_RESPONSE: BirdCall = {
  id: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
  channelId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
  from: '+351910648518',
  to: '+3197058016589',
  originator: ORIGINATOR,
  direction: 'incoming',
  status: 'accepted',
  reason: 'normal clearing',
  type: 'pstn',
  duration: 0,
  hangupCauseCode: 0,
  hangupSource: 'callee',
  hangupSipCode: '200',
  createdAt: EXAMPLE_1_TIME,
  updatedAt: EXAMPLE_1_TIME,
  ringingAt: EXAMPLE_1_TIME,
  answeredAt: EXAMPLE_1_TIME,
  endedAt: EXAMPLE_1_TIME,
  callFlow: {
    commands: [{ callFlowId: '3fa85f64-5717-4562-b3fc-2c963f66afa6', status: 'accepted', command: 'answer' }],
  },
  qualityInsights: { mos: '4.4', pdd: '1.2' },
  sipInsights: SIP_INSIGHTS,
};

/** "Example 2: Update a call by sending ringing, pause for 2 seconds, answer and play an announcement". */
export const EXAMPLE_2_REQUEST: BirdCommand[] = [
  { command: 'ringing' },
  { command: 'pause', options: { pauseSeconds: 2 } },
  { command: 'answer' },
  {
    command: 'say',
    options: {
      text: "Sorry, we don't have available agents now. Please call later. GoodBye.",
      locale: 'en-GB',
      voice: 'male',
    },
  },
  { command: 'hangup' },
];
const EXAMPLE_2_FLOW = 'c4b84cee-66bb-4f1f-b43c-4b63be02ef84';
const example2Command = (id: string, command: string) => ({
  id,
  callId: 'a78dd93c-08fb-450b-8651-0def9cf77cf9',
  command,
  status: 'accepted',
  callFlowId: EXAMPLE_2_FLOW,
});
export const EXAMPLE_2_RESPONSE: BirdCall = {
  id: 'a78dd93c-08fb-450b-8651-0def9cf77cf9',
  channelId: 'db53c357-92e3-4f3d-babe-159573940a50',
  originator: {
    contact: {
      id: '1ea5d8c8-3f5e-4cc0-bb92-47b099d317c0',
      identifierKey: 'phonenumber',
      identifierValue: '+351910648518',
    },
    number: { type: 'pstn', number: '+351910648518', callerIdName: 'Jose G', countryIsoCode: 'PT' },
  },
  receiver: { number: { type: 'pstn', number: '+3197058016589', countryIsoCode: 'NL' } },
  from: '+351910648518',
  to: '+3197058016589',
  direction: 'incoming',
  status: 'starting',
  type: 'pstn',
  duration: 0,
  callFlow: {
    id: EXAMPLE_2_FLOW,
    commands: [
      example2Command('2c27c266-856d-4ae2-abfe-19a3388bdfaf', 'ringing'),
      example2Command('f39efa8f-5c8e-40f1-99a2-9b3eab040734', 'pause'),
      example2Command('1d093dc0-3646-49d5-9125-939da797961a', 'answer'),
      example2Command('57f960c6-455f-4884-b4de-fc017c0f1be3', 'say'),
      example2Command('cf8a8557-f3ba-41a5-a21f-2543f7268380', 'hangup'),
    ],
  },
  createdAt: '2024-03-01T16:46:50.158Z',
  updatedAt: '2024-03-01T16:46:50.45Z',
};
