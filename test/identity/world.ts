import { randomBytes, randomUUID } from 'node:crypto';
import { fromString, fromUUID, toUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';
import type { Database } from '../../src/db/database.js';
import { givenDelivery } from '../support/deliveries.js';
import { givenEvent, givenRule, uuidIn } from '../support/events.js';
import type { Client } from '../support/gateway.js';
import { givenImport } from '../support/imports.js';
import { givenMessage } from '../support/messages.js';
import { givenAccount } from '../support/vendors/accounts.js';

/** All names by which a client can refer to something; each belongs to one organization or to none. */
export interface Names {
  organization: string;
  call: string;
  voiceCall: string;
  callFlow: string;
  command: string;
  group: string;
  change: string;
  /** Values of the call's references OTHER case, VCITA uid, sourceId and externalUuid. */
  reference: string;
  uid: string;
  sourceId: string;
  externalUuid: string;
  groupKey: string;
  idempotencyKey: string;
  callCursor: string;
  flowCursor: string;
  changeCursor: string;
  event: string;
  rule: string;
  vendorAccount: string;
  /** An event that waits for an unknown session. */
  waiting: string;
  /** The value of the reference OTHER case of the call's child. */
  child: string;
  /** The sender's id of the event, and the session that it named. */
  eventId: string;
  session: string;
  voiceCallCursor: string;
  eventCursor: string;
  childCursor: string;
  eventOfCallCursor: string;
  callOfGroupCursor: string;
  callOfEventCursor: string;
  /** A DEAD one of the call, to the vendor account. */
  delivery: string;
  deliveryCursor: string;
  deliveryOfCallCursor: string;
  /** An UNRECOGNISED one of the vendor account. */
  message: string;
  callImport: string;
  /** An account without an import. */
  otherAccount: string;
  messageCursor: string;
  recording: string;
  transcript: string;
  /** The vendor's ids of both. */
  recordingId: string;
  transcriptId: string;
}

let newest = Date.now();

/** A name like no other of this process. It sorts after those made before it, as ids do. */
export function fresh(name: string): string {
  newest += 1;
  return `${name}-${newest.toString(16).padStart(12, '0')}`;
}

const MAKE = `mutation ($references: [CallReferenceInput!]!, $groups: [CallGroupInput!]!, $locator: CallLocator!,
  $key: String!, $voiceCall: CreateVoiceCallInput!, $child: [CallReferenceInput!]!,
  $recordings: [CallRecordingInput!], $transcripts: [CallTranscriptInput!]) {
  upsertCall(input: {
    references: $references, groups: $groups, vendorStatus: "ongoing", metadata: { a: 1 },
    recordings: $recordings, transcripts: $transcripts
  }) { errors { message } }
  replaceCallFlow(call: $locator, commands: [{ hangup: {} }], idempotencyKey: $key) { errors { message } }
  createVoiceCall(call: $locator, input: $voiceCall) { errors { message } }
  child: upsertCall(input: { references: $child, parent: $locator }) { errors { message } }
}`;

const READ = `query ($reference: CallReferenceInput!) {
  viewer { organization { id } }
  callByReference(reference: $reference) {
    id
    voiceCall { id }
    callFlow { id commands { id } }
    groups { id calls { edges { cursor } } }
    recordings { id }
    transcripts { id }
    children { edges { cursor } }
    deliveries { edges { cursor } }
    events { edges { cursor node { calls { edges { cursor } } } } }
    callFlows { edges { cursor } }
    history { edges { cursor node { id } } }
  }
  calls { edges { cursor } }
  voiceCalls { edges { cursor } }
  callEvents { edges { cursor } }
  deliveries { edges { cursor } }
  inboundMessages { edges { cursor } }
}`;

/** What createVoiceCall and updateVoiceCall require; vcita's own example. */
export const VOICE_CALL = {
  staffUid: 'staff-1',
  clientUid: 'client-1',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'ANSWERED_BY_STAFF',
  rate: '0.05',
  provider: 'VONAGE',
};

export const VOICE_CALL_WHOLE = {
  ...VOICE_CALL,
  price: '1.50',
  duration: 0,
  callSummary: 'summary',
  externalAppUrl: 'https://example.com/call-details',
  externalAppName: 'CallApp',
  recordingId: 'recording-1',
};

/** Creates one of everything through the API, except an event and a rule. */
export async function makeWorld(client: Client, database: Database): Promise<Names> {
  const own = {
    reference: fresh('case'),
    uid: fresh('uid'),
    sourceId: fresh('source'),
    externalUuid: fresh('external'),
    recordingId: fresh('recording'),
    transcriptId: fresh('transcript'),
  };
  const [groupKey, idempotencyKey] = [fresh('group'), fresh('key')];
  const [eventId, session, child] = [fresh('event'), fresh('session'), fresh('child')];
  const reference = { system: 'OTHER', name: 'case', value: own.reference };
  await client.ask(MAKE, {
    references: [reference],
    groups: [{ kind: 'case', key: groupKey }],
    locator: { reference },
    key: idempotencyKey,
    voiceCall: { ...VOICE_CALL, uid: own.uid, sourceId: own.sourceId, externalUuid: own.externalUuid },
    child: [{ ...reference, value: child }],
    recordings: [{ system: 'BURKI', vendorId: own.recordingId }],
    transcripts: [
      {
        system: 'BURKI',
        vendorId: own.transcriptId,
        lines: [{ speaker: 'AGENT', text: 'Hello', start: 0.5 }],
      },
    ],
  });
  const { callByReference: made } = await client.ask(
    'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id groups { id } } }',
    { reference },
  );
  const rule = await givenRule(database, made.id);
  const event = await givenEvent(database, [made.id], {
    eventId,
    sessionId: session,
    groupId: uuidIn(made.groups[0].id),
    matchedBy: uuidIn(rule),
  });
  // It sends nothing, and a test of it reaches nothing.
  const account = await givenAccount(client, {
    system: 'BURKI',
    name: fresh('account'),
    url: 'http://127.0.0.1:1',
    sends: false,
  });
  const delivery = await givenDelivery(database, account.id, made.id);
  const message = await givenMessage(database, account.id);
  const callImport = await givenImport(database, account.id);
  const other = await givenAccount(client, {
    system: 'VCITA',
    name: fresh('account'),
    url: 'http://127.0.0.1:1',
    sends: false,
  });
  const { recordCallEvent } = await client.ask(
    `mutation ($session: String!) {
      recordCallEvent(input: {
        target: { sessionId: $session }, eventTime: "2024-01-15T10:00:00Z", metadata: { a: 3 }
      }) { event { id } }
    }`,
    { session: fresh('nobody') },
  );
  const {
    viewer,
    callByReference: call,
    calls,
    voiceCalls,
    callEvents,
    deliveries,
    inboundMessages,
  } = await client.ask(READ, { reference });
  return {
    ...own,
    groupKey,
    idempotencyKey,
    organization: viewer.organization.id,
    call: call.id,
    voiceCall: call.voiceCall.id,
    callFlow: call.callFlow.id,
    command: call.callFlow.commands[0].id,
    group: call.groups[0].id,
    recording: call.recordings[0].id,
    transcript: call.transcripts[0].id,
    change: call.history.edges[0].node.id,
    callCursor: calls.edges[0].cursor,
    flowCursor: call.callFlows.edges[0].cursor,
    changeCursor: call.history.edges[0].cursor,
    event,
    rule,
    delivery,
    deliveryCursor: deliveries.edges[0].cursor,
    deliveryOfCallCursor: call.deliveries.edges[0].cursor,
    vendorAccount: account.id,
    message,
    callImport,
    otherAccount: other.id,
    messageCursor: inboundMessages.edges[0].cursor,
    waiting: recordCallEvent.event.id,
    child,
    eventId,
    session,
    voiceCallCursor: voiceCalls.edges[0].cursor,
    eventCursor: callEvents.edges[0].cursor,
    childCursor: call.children.edges[0].cursor,
    eventOfCallCursor: call.events.edges[0].cursor,
    callOfGroupCursor: call.groups[0].calls.edges[0].cursor,
    callOfEventCursor: call.events.edges[0].node.calls.edges[0].cursor,
  };
}

const ABSENT_IDS = {
  organization: 'organization',
  call: 'call',
  voiceCall: 'voice_call',
  callFlow: 'call_flow',
  command: 'call_flow_command',
  group: 'call_group',
  change: 'call_change',
  event: 'call_event',
  rule: 'match_rule',
  vendorAccount: 'vendor_account',
  waiting: 'call_event',
  delivery: 'delivery',
  message: 'inbound_message',
  callImport: 'call_import',
  otherAccount: 'vendor_account',
  recording: 'call_recording',
  transcript: 'call_transcript',
} as const satisfies Partial<Record<keyof Names, string>>;

/** Names in the same form that exist nowhere. */
export function namesOfNothing(): Names {
  const ids = Object.fromEntries(
    Object.entries(ABSENT_IDS).map(([name, type]) => [name, fromUUID(uuidv7(), type)]),
  );
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  return {
    ...(ids as unknown as Record<keyof typeof ABSENT_IDS, string>),
    reference: fresh('case'),
    uid: fresh('uid'),
    sourceId: fresh('source'),
    externalUuid: fresh('external'),
    recordingId: fresh('recording'),
    transcriptId: fresh('transcript'),
    groupKey: fresh('group'),
    idempotencyKey: fresh('key'),
    callCursor: cursor(`calls|${uuidv7()}`),
    flowCursor: cursor(`flows:${randomUUID()}|1`),
    changeCursor: randomBytes(24).toString('base64url'),
    eventId: fresh('event'),
    child: fresh('child'),
    session: fresh('session'),
    voiceCallCursor: cursor(`voice-calls|${uuidv7()}`),
    eventCursor: cursor(`events|${uuidv7()}`),
    childCursor: cursor(`children:${randomUUID()}|${uuidv7()}`),
    eventOfCallCursor: cursor(`events:${randomUUID()}|${uuidv7()}`),
    callOfGroupCursor: cursor(`group-calls:${randomUUID()}|${uuidv7()}`),
    callOfEventCursor: cursor(`event-calls:${randomUUID()}|${uuidv7()}`),
    deliveryCursor: cursor(`deliveries|${uuidv7()}`),
    messageCursor: cursor(`inbound-messages|${uuidv7()}`),
    deliveryOfCallCursor: cursor(`call-deliveries:${randomUUID()}|${uuidv7()}`),
  };
}

/** The organization's uuid, as the tables have it. */
export function organizationOf({ organization }: Names): string {
  return toUUID(fromString(organization, 'organization'));
}
