/** A name of a call, as the API takes it. */
export const burki = (value: string) => ({ system: 'BURKI', name: 'id', value });
export const session = (value: string) => ({ system: 'CREOVAI', name: 'sessionId', value });

/** A call as Burki tells of it while it runs. */
export const burkiCall = (value: string) => ({
  references: [burki(value), { system: 'BURKI', name: 'callSid', value: `CA-${value}` }],
  vendorStatus: 'in-progress',
  direction: 'INBOUND',
  from: '+15559876543',
  to: '+15551234567',
  assistant: { assistantId: '123', name: 'ServiceBot' },
  startedAt: '2025-01-15T10:00:00Z',
  tags: ['sales', 'team-3'],
  metadata: {
    customer_id: `cust_${value}`,
    campaign: 'spring',
    ticket: { id: `TICKET-${value}`, priority: 'P2', queue: 'billing' },
  },
});

/** What it adds once the call is over. */
export const burkiEnd = (value: string) => ({
  references: [burki(value)],
  vendorStatus: 'completed',
  duration: 180,
  endedAt: '2025-01-15T10:03:00Z',
  cost: { total: '0.05', llm: '0.02', tts: '0.01', stt: '0.01', telephony: '0.01', currency: 'USD' },
  metadata: { outcome: 'appointment_scheduled', campaign: null },
});

export const FLOW = [
  { ringing: {} },
  { pause: { pauseSeconds: 2 } },
  { answer: {} },
  {
    say: {
      text: "Sorry, we don't have available agents now. Please call later. Good-bye.",
      locale: 'en-GB',
      voice: 'male',
    },
  },
  { hangup: {} },
];

const METADATA_BYTES = 2048;

/** A call with everything that Bird can say of one, and 2 KiB of metadata. */
export const wholeBirdCall = (value: string, parent: string | null) => ({
  references: [{ system: 'BIRD', name: 'id', value }],
  from: '+351910648518',
  to: '+3197058016589',
  direction: 'INBOUND',
  vendorStatus: 'ongoing',
  type: 'pstn',
  customerNumber: '+351910648518',
  originator: participant('+351910648518', 'Jose G', 'PT'),
  receiver: participant('+3197058016589', 'Support', 'NL'),
  workspaceId: 'a1405560-c8d3-4b1a-877d-3f449ad95352',
  channelId: 'db53c357-92e3-4f3d-babe-159573940a50',
  parent: parent === null ? null : { reference: { system: 'BIRD', name: 'id', value: parent } },
  tags: ['support', 'priority', 'portuguese'],
  notificationUrl: 'https://example.com/webhooks/calls/status',
  sipType: 'trunk',
  reason: 'normal clearing',
  hangup: { causeCode: 16, source: 'caller', sipCode: '200' },
  duration: 184,
  ringingAt: '2024-03-01T16:46:51.158Z',
  startedAt: '2024-03-01T16:46:50.158Z',
  answeredAt: '2024-03-01T16:46:57.158Z',
  endedAt: '2024-03-01T16:49:54.158Z',
  vendorCreatedAt: '2024-03-01T16:46:50.158Z',
  vendorUpdatedAt: '2024-03-01T16:49:54.450Z',
  cost: { total: '0.05', llm: '0.02', tts: '0.01', stt: '0.01', telephony: '0.01', currency: 'EUR' },
  answeringMachineDetection: { result: 'human', speech: 'Hello, this is Jose speaking', locale: 'pt-PT' },
  quality: { mos: '4.38', pdd: '1.204' },
  sip: {
    hangupSipCode: '200',
    edgeRegion: 'eu-west-1',
    providerName: 'carrier',
    userAgent: 'FreeSWITCH-mod_sofia/1.10.9',
    remoteSignallingIp: '198.51.100.17',
    remoteMediaIp: '198.51.100.18',
  },
  metadata: padded({ customer_id: `cust_${value}`, contract: { plan: 'business', since: '2019-04-01' } }),
  callFlow: FLOW,
});

const participant = (number: string, name: string, country: string) => ({
  contact: {
    contactId: '1ea5d8c8-3f5e-4cc0-bb92-47b099d317c0',
    identifierKey: 'phonenumber',
    identifierValue: number,
  },
  number: {
    type: 'pstn',
    number,
    anonymous: false,
    callerIdName: name,
    identity: number,
    countryIsoCode: country,
    pstnNumberType: 'mobile',
  },
});

/** An object that comes to METADATA_BYTES of JSON. */
function padded(object: Record<string, unknown>) {
  const without = JSON.stringify({ ...object, transcript: '' }).length;
  const words = 'the caller asked when the technician would come and was told tomorrow ';
  return { ...object, transcript: words.repeat(40).slice(0, METADATA_BYTES - without) };
}

/** 0 … count-1 as names of a series. */
export const series = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

export function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
