import { randomUUID } from 'node:crypto';
import type { Answer, Client, Variables } from './gateway.js';

type Data = Answer['data'];
type Locator = { id: string } | { reference: { system: string; name: string; value: string } };

/*
 * What tests select and send in common. The selections hold every field, so that a comparison of two answers says that
 * nothing else has changed.
 */
const ERRORS = 'errors { code message path }';
const PARTICIPANT = `contact { contactId identifierKey identifierValue }
  number { type number anonymous callerIdName identity countryIsoCode pstnNumberType }`;
const COMMAND = `id vendorId command status conditions { variable operator value }
  ... on AnswerCommand { media loop timeout }
  ... on PauseCommand { pauseSeconds }
  ... on PlaybackCommand { media loop timeout pauseMilliseconds }
  ... on SayCommand { text locale voice loop timeout }
  ... on GatherCommand {
    input maxNumKeys endKey timeout retries speechLocale say { text locale voice } playback { media }
  }
  ... on RecordCommand { endKey maxLength timeout beep transcribe transcribeLocale }
  ... on BridgeCommand {
    to from ringTimeout maxDuration ringTone hangupAfterBridge record recordStart recordStereo
  }`;
const FLOW = `id vendorId revision status createdAt call { id } commands { ${COMMAND} }`;
const VOICE_CALL = `id uid staffUid clientUid fromNumber toNumber direction status rate price provider sourceId
  externalUuid duration callSummary externalAppUrl externalAppName recordingId handledByStaffUid revision createdAt
  updatedAt call { id }`;
const RECORDING = 'id system vendorId kind status duration format createdAt';
const TRANSCRIPT = `id system vendorId status language summary createdAt
  lines { start end speaker speakerName text confidence }`;
const CALL = `id references { system name value } direction status vendorStatus type from to customerNumber
  originator { ${PARTICIPANT} } receiver { ${PARTICIPANT} } workspaceId channelId
  parent { id references { system name value } } assistant { assistantId name } tags notificationUrl sipType reason
  hangup { causeCode source sipCode } duration scheduledFor ringingAt startedAt answeredAt endedAt vendorCreatedAt
  vendorUpdatedAt cost { total llm tts stt telephony currency } answeringMachineDetection { result speech locale }
  quality { mos pdd } sip { hangupSipCode edgeRegion providerName userAgent remoteSignallingIp remoteMediaIp }
  metadata voiceCall { ${VOICE_CALL} } callFlow { ${FLOW} } groups { kind key }
  recordings { ${RECORDING} } transcripts { ${TRANSCRIPT} } revision createdAt updatedAt`;
const CHANGE = `id kind revision actor patch patchOrder oldValues newValues effectiveAt recordedAt`;
const everything = (flows: number, changes: number) => `${CALL}
  callFlows(first: ${flows}) { totalCount nodes { ${FLOW} } }
  history(first: ${changes}) { totalCount nodes { ${CHANGE} } }`;

/** A call with all that belongs to it, flows and history (newest first, 200 of each) too. */
export async function readCall(client: Client, id: string): Promise<Data> {
  const { call } = await client.ask(`query ($id: ID!) { call(id: $id) { ${everything(200, 200)} } }`, { id });
  return call;
}

/** Every call of the client's organization, newest first and at most 200, with what belongs to it. */
export async function readCalls(client: Client): Promise<Data[]> {
  const { calls } = await client.ask(`{ calls(first: 200) { nodes { ${everything(10, 50)} } } }`);
  return calls.nodes;
}

/** Oldest first. */
export async function readHistory(client: Client, id: string): Promise<Data[]> {
  const { history } = await readCall(client, id);
  return history.nodes.toReversed();
}

const UPSERT_CALL = `mutation ($input: UpsertCallInput!) {
  payload: upsertCall(input: $input) { created call { ${CALL} } ${ERRORS} }
}`;
const MERGE_CALL_METADATA = `mutation ($call: CallLocator!, $metadata: JSONObject!, $expectedRevision: Int) {
  payload: mergeCallMetadata(call: $call, metadata: $metadata, expectedRevision: $expectedRevision) {
    call { ${CALL} } ${ERRORS}
  }
}`;
export const CREATE_VOICE_CALL = `mutation ($call: CallLocator, $input: CreateVoiceCallInput!) {
  payload: createVoiceCall(call: $call, input: $input) { voiceCall { ${VOICE_CALL} } ${ERRORS} }
}`;
export const UPDATE_VOICE_CALL = `mutation (
  $voiceCall: VoiceCallLocator!, $input: UpdateVoiceCallInput!, $expectedRevision: Int
) {
  payload: updateVoiceCall(voiceCall: $voiceCall, input: $input, expectedRevision: $expectedRevision) {
    voiceCall { ${VOICE_CALL} } ${ERRORS}
  }
}`;
export const PATCH_VOICE_CALL = `mutation (
  $voiceCall: VoiceCallLocator!, $input: PatchVoiceCallInput!, $expectedRevision: Int
) {
  payload: patchVoiceCall(voiceCall: $voiceCall, input: $input, expectedRevision: $expectedRevision) {
    voiceCall { ${VOICE_CALL} } ${ERRORS}
  }
}`;
const REPLACE_CALL_FLOW = `mutation (
  $call: CallLocator!, $commands: [CallFlowCommandInput!]!, $expectedFlowRevision: Int, $idempotencyKey: String
) {
  payload: replaceCallFlow(
    call: $call, commands: $commands, expectedFlowRevision: $expectedFlowRevision, idempotencyKey: $idempotencyKey
  ) { callFlow { ${FLOW} } call { ${CALL} } ${ERRORS} }
}`;
const RECORD_CALL_FLOW_PROGRESS = `mutation (
  $callFlow: ID!, $vendorId: String, $commands: [CallFlowProgressInput!]!
) {
  payload: recordCallFlowProgress(callFlow: $callFlow, vendorId: $vendorId, commands: $commands) {
    callFlow { ${FLOW} } ${ERRORS}
  }
}`;
const HANG_UP_CALL = `mutation ($call: CallLocator!) {
  payload: hangUpCall(call: $call) { call { ${CALL} } ${ERRORS} }
}`;

/** A mutation's payload, refusals included; a GraphQL error fails the test. */
async function payloadOf(client: Client, mutation: string, variables: Variables): Promise<Data> {
  const { payload } = await client.ask(mutation, variables);
  return payload;
}

export const upsertCall = (client: Client, input: Variables) => payloadOf(client, UPSERT_CALL, { input });

/** Writes a call that must be accepted, under a reference of its own unless one is given. */
export async function givenCall(client: Client, input: Variables = {}): Promise<Data> {
  const references = [{ system: 'OTHER', name: 'test', value: randomUUID() }];
  const { call, errors } = await upsertCall(client, { references, ...input });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return call;
}

export const mergeCallMetadata = (
  client: Client,
  variables: { call: Locator; metadata: object; expectedRevision?: number | null },
) => payloadOf(client, MERGE_CALL_METADATA, variables);

export const createVoiceCall = (client: Client, variables: { call?: Locator | null; input: object }) =>
  payloadOf(client, CREATE_VOICE_CALL, variables);

interface VoiceCallChange extends Variables {
  voiceCall: { id: string } | { call: Locator };
  input: object;
  expectedRevision?: number | null;
}

export const updateVoiceCall = (client: Client, variables: VoiceCallChange) =>
  payloadOf(client, UPDATE_VOICE_CALL, variables);

export const patchVoiceCall = (client: Client, variables: VoiceCallChange) =>
  payloadOf(client, PATCH_VOICE_CALL, variables);

export const replaceCallFlow = (
  client: Client,
  variables: {
    call: Locator;
    commands: object[];
    expectedFlowRevision?: number | null;
    idempotencyKey?: string | null;
  },
) => payloadOf(client, REPLACE_CALL_FLOW, variables);

export const recordCallFlowProgress = (
  client: Client,
  variables: { callFlow: string; vendorId?: string | null; commands: object[] },
) => payloadOf(client, RECORD_CALL_FLOW_PROGRESS, variables);

export const hangUpCall = (client: Client, call: Locator) => payloadOf(client, HANG_UP_CALL, { call });

/** The refusals of a payload without their words. */
export const codesOf = ({ errors }: Data): { code: string; path: string[] | null }[] =>
  errors.map(({ code, path }: { code: string; path: string[] | null }) => ({ code, path }));
