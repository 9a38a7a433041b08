import type { FlowCommand } from '../call-flows/flow-command.js';
import type { UpsertCall } from '../intake/upsert/upsert-call.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';

type DemoCall = Omit<UpsertCall, 'path'>;

export const burkiCall: DemoCall = {
  references: [
    { system: 'BURKI', name: 'id', value: '101' },
    { system: 'BURKI', name: 'callSid', value: 'CAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
  ],
  assistant: { assistantId: '123', name: 'ServiceBot' },
  to: '+15551234567',
  customerNumber: '+15559876543',
  vendorStatus: 'completed',
  duration: 180,
  startedAt: new Date('2024-01-15T10:00:00Z'),
  endedAt: new Date('2024-01-15T10:03:00Z'),
  cost: { total: '0.05', llm: '0.02', tts: '0.01', stt: '0.01', telephony: '0.01', currency: 'USD' },
  metadata: { customer_id: 'cust_abc123', outcome: 'appointment_scheduled' },
};

const step = (command: FlowCommand['command'], options: FlowCommand['options'] = {}): FlowCommand => ({
  command,
  conditions: [],
  options,
});

export const birdCall: DemoCall = {
  references: [{ system: 'BIRD', name: 'id', value: 'a78dd93c-08fb-450b-8651-0def9cf77cf9' }],
  channelId: 'db53c357-92e3-4f3d-babe-159573940a50',
  from: '+351910648518',
  to: '+3197058016589',
  direction: 'INBOUND',
  vendorStatus: 'starting',
  type: 'pstn',
  duration: 0,
  originator: {
    contact: {
      contactId: '1ea5d8c8-3f5e-4cc0-bb92-47b099d317c0',
      identifierKey: 'phonenumber',
      identifierValue: '+351910648518',
    },
    number: { type: 'pstn', number: '+351910648518', callerIdName: 'Jose G', countryIsoCode: 'PT' },
  },
  receiver: { number: { type: 'pstn', number: '+3197058016589', countryIsoCode: 'NL' } },
  vendorCreatedAt: new Date('2024-03-01T16:46:50.158Z'),
  vendorUpdatedAt: new Date('2024-03-01T16:46:50.450Z'),
  callFlow: [
    step('RINGING'),
    step('PAUSE', { pauseSeconds: 2 }),
    step('ANSWER'),
    step('SAY', {
      text: "Sorry, we don't have available agents now. Please call later. GoodBye.",
      locale: 'en-GB',
      voice: 'male',
    }),
    step('HANGUP'),
  ],
};

export const vcitaVoiceCall: NewVoiceCall = {
  staffUid: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
  clientUid: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'MISSED',
  rate: '0.05',
  price: '1.50',
  provider: 'VONAGE',
  sourceId: 'call-src-001',
  externalUuid: 'ext-call-001',
  duration: 120,
  callSummary: 'Client called to ask about their account balance',
  externalAppUrl: 'https://example.com/call-details',
};

export const creovaiCall: DemoCall = {
  references: [{ system: 'CREOVAI', name: 'sessionId', value: 'abc123' }],
  startedAt: new Date('2018-10-15T09:00:00Z'),
  metadata: {
    my_xpath: 'my_xpath_value',
    event_data_xpath: '2018/10/15T09:00:00.000Z',
    customerDataField1: 'someData',
    customerProvidedData: 'customerData',
  },
};
