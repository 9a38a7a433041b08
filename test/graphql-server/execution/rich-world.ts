import type { Database } from '../../../src/db/database.js';
import { EVERY_COMMAND } from '../../call-flows/commands.js';
import { makeWorld, type Names } from '../../identity/world.js';
import type { Client } from '../../support/gateway.js';

const PARTICIPANT = {
  contact: { contactId: 'contact-1', identifierKey: 'phonenumber', identifierValue: '+351910648518' },
  number: {
    type: 'pstn',
    number: '+351910648518',
    anonymous: true,
    callerIdName: 'José “J” G',
    countryIsoCode: 'PT',
    identity: 'a “caller”',
    pstnNumberType: 'mobile',
  },
};

/** Keys that careless code mistakes for something else, and text that it may escape wrongly. */
export const HARD_METADATA = JSON.parse(
  '{"a":1,"__proto__":{"x":1},"constructor":"c","toString":0,"ключ":"значение","n":9007199254740991,"list":[1,[null,{"é":"\\u2028"}]],"half":-0.5}',
);

const WHOLE_CALL = {
  direction: 'INBOUND',
  status: 'COMPLETED',
  vendorStatus: 'done',
  type: 'sip',
  from: '+351910648518',
  to: 'sip:"desk"\\1@example.com',
  originator: PARTICIPANT,
  receiver: { contact: PARTICIPANT.contact },
  workspaceId: 'workspace-1',
  channelId: 'channel-1',
  assistant: { assistantId: '123', name: 'ServiceBot' },
  tags: ['a', 'tag "b"', 'ü'],
  notificationUrl: 'https://example.com/hook?a=1',
  sipType: 'elastic',
  reason: 'normal\nend',
  hangup: { causeCode: 16, source: 'caller', sipCode: '200' },
  duration: 61,
  scheduledFor: '2024-01-15T09:00:00.001Z',
  ringingAt: '2024-01-15T10:00:00Z',
  startedAt: '2024-01-15T10:00:01.5Z',
  answeredAt: '2024-01-15T10:00:02Z',
  endedAt: '0001-01-15T10:01:02Z',
  vendorCreatedAt: '2024-01-15T10:00:00+02:00',
  vendorUpdatedAt: '9999-12-31T23:59:59.999Z',
  cost: {
    ...{ total: '1.2500', llm: '0.000000000000000001', tts: '0.10', stt: '0', telephony: '1' },
    currency: 'EUR',
  },
  answeringMachineDetection: { result: 'human', speech: 'hello', locale: 'en-US' },
  quality: { mos: '4.1', pdd: '120' },
  sip: {
    ...{ hangupSipCode: '200', edgeRegion: 'eu', providerName: 'A "provider"', userAgent: 'agent/1.0\t' },
    ...{ remoteSignallingIp: '192.0.2.2', remoteMediaIp: '192.0.2.1' },
  },
  metadata: HARD_METADATA,
  recordings: [
    {
      ...{
        system: 'BIRD',
        vendorId: 'recording-1',
        kind: 'VOICEMAIL',
        status: 'do"ne',
        duration: 61,
        format: 'mp3',
      },
      createdAt: '2024-01-15T10:00:00.001Z',
    },
    { system: 'BIRD', vendorId: 'recording-2' },
  ],
  transcripts: [
    {
      system: 'VCITA',
      vendorId: 'transcript-1',
      status: 'DONE',
      language: 'en-GB',
      summary: 'A “greeting”.',
      lines: [
        { start: 0.25, end: 1.5, speaker: 'AGENT', speakerName: 'staff', text: 'Hello\n', confidence: 0.5 },
        { speaker: 'CUSTOMER', text: 'ü' },
      ],
    },
  ],
};

const VENDOR_FLOW = {
  vendorId: 'flow "1"',
  commands: [{ vendorId: 'command-ü', command: 'SAY', status: 'completed' }],
};

const WRITE = `mutation ($reference: CallReferenceInput!, $input: UpsertCallInput!, $commands: [CallFlowCommandInput!]!, $flow: VendorCallFlowInput!) {
  reported: upsertCall(input: { references: [$reference], vendorCallFlow: $flow }) { errors { message path } }
  replaceCallFlow(call: { reference: $reference }, commands: $commands) { errors { message path } }
  upsertCall(input: $input) { errors { message path } }
}`;

export async function makeRichWorld(client: Client, database: Database): Promise<Names> {
  const names = await makeWorld(client, database);
  const reference = { system: 'OTHER', name: 'case', value: names.reference };
  const commands = EVERY_COMMAND.map(({ input }) => input);
  const input = { references: [reference], ...WHOLE_CALL };
  const { reported, replaceCallFlow, upsertCall } = await client.ask(WRITE, {
    ...{ reference, input, commands },
    flow: VENDOR_FLOW,
  });
  const errors = [...reported.errors, ...replaceCallFlow.errors, ...upsertCall.errors];
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  const { call } = await client.ask(
    'query ($id: ID!) { call(id: $id) { callFlow { id commands { id } } callFlows { edges { cursor } } } }',
    { id: names.call },
  );
  return {
    ...names,
    callFlow: call.callFlow.id,
    command: call.callFlow.commands[0].id,
    flowCursor: call.callFlows.edges[0].cursor,
  };
}
