import type { CallDirection } from '../../calls/call.enums.js';
import { birdId } from '../../calls/reference/bird-id.js';
import { spelling } from '../../foundation/spelling.js';
import { memberOf, textOf } from '../delivery-parts.js';
import {
  defined,
  flagIn,
  idIn,
  instantIn,
  integerIn,
  numberIn,
  secondsIn,
  some,
  tagsIn,
  textIn,
} from '../record-parts.js';
import type { ConnectedAccount } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { reportedFlowIn } from './flow.js';

/** Bird's Call, of the API at api.bird.com; null if it names none. */
export function callOfBird(
  record: unknown,
  { settings }: Pick<ConnectedAccount, 'settings'>,
): CallRecord | null {
  const id = birdIdIn(record, 'id');
  if (id === undefined) return null;
  const parentId = birdIdIn(record, 'parentId');
  return {
    references: [birdReference(id)],
    values: defined({
      direction: directionOf(record),
      vendorStatus: textIn(record, 'status'),
      from: numberIn(record, 'from'),
      to: numberIn(record, 'to'),
      originator: participantIn(record, 'originator'),
      receiver: participantIn(record, 'receiver'),
      // A message could name another workspace than the account's.
      workspaceId: textOf(settings.workspaceId) ?? undefined,
      channelId: textIn(record, 'channelId'),
      // Bird's own document has a call that is its own parent.
      parent:
        parentId === undefined || parentId === id
          ? undefined
          : { path: [], label: `reference BIRD id ${parentId}`, reference: birdReference(parentId) },
      type: textIn(record, 'type'),
      sipType: textIn(record, 'sipType'),
      reason: textIn(record, 'reason'),
      tags: tagsIn(record, 'tags'),
      vendorCallFlow: reportedFlowIn(record),
      duration: secondsIn(record, 'duration'),
      hangup: some({
        causeCode: integerIn(record, 'hangupCauseCode'),
        source: textIn(record, 'hangupSource'),
        sipCode: textIn(record, 'hangupSipCode'),
      }),
      scheduledFor: instantIn(record, 'scheduledFor'),
      ringingAt: instantIn(record, 'ringingAt'),
      answeredAt: instantIn(record, 'answeredAt'),
      endedAt: instantIn(record, 'endedAt'),
      vendorCreatedAt: instantIn(record, 'createdAt'),
      vendorUpdatedAt: instantIn(record, 'updatedAt'),
      notificationUrl: urlIn(memberOf(record, 'notification')),
      answeringMachineDetection: textsIn(record, 'amdResult', ['result', 'speech', 'locale']),
      quality: textsIn(record, 'qualityInsights', ['mos', 'pdd']),
      sip: textsIn(record, 'sipInsights', [
        ...['hangupSipCode', 'edgeRegion', 'providerName', 'userAgent'],
        ...['remoteSignallingIp', 'remoteMediaIp'],
      ]),
    }),
  };
}

/** A voice_call of Bird's third generation, which calls a call that has ended well `answered`. */
export function callOfThirdGeneration(data: unknown, timestamp: Date | undefined): CallRecord | null {
  const id = birdIdIn(data, 'call_id') ?? birdIdIn(data, 'id');
  if (id === undefined) return null;
  const word = textIn(data, 'status');
  const isEnded = word !== undefined && spelling(word) === 'answered';
  return {
    references: [birdReference(id)],
    values: defined({
      direction: directionOf(data),
      status: isEnded ? ('COMPLETED' as const) : undefined,
      vendorStatus: word,
      from: numberIn(data, 'from'),
      to: numberIn(data, 'to'),
      duration: secondsIn(data, 'duration_ms', 1_000),
      hangup: some({ sipCode: textIn(data, 'sip_response_code') }),
      vendorUpdatedAt: timestamp,
    }),
  };
}

function birdIdIn(record: unknown, name: string): string | undefined {
  const id = idIn(record, name);
  return id === undefined ? undefined : birdId(id);
}

export const birdReference = (value: string) => ({ system: 'BIRD' as const, name: 'id', value });

const DIRECTIONS: Readonly<Record<string, CallDirection>> = {
  incoming: 'INBOUND',
  inbound: 'INBOUND',
  outgoing: 'OUTBOUND',
  outbound: 'OUTBOUND',
};

function directionOf(record: unknown): CallDirection | undefined {
  const word = spelling(textIn(record, 'direction') ?? '');
  return Object.hasOwn(DIRECTIONS, word) ? DIRECTIONS[word] : undefined;
}

function participantIn(record: unknown, name: string) {
  const party = memberOf(record, name);
  const contact = memberOf(party, 'contact');
  const number = memberOf(party, 'number');
  return some({
    contact: some({
      contactId: textIn(contact, 'id'),
      identifierKey: textIn(contact, 'identifierKey'),
      identifierValue: textIn(contact, 'identifierValue'),
    }),
    number: some({
      type: textIn(number, 'type'),
      number: numberIn(number, 'number'),
      anonymous: flagIn(number, 'anonymous'),
      callerIdName: textIn(number, 'callerIdName'),
      identity: textIn(number, 'identity'),
      countryIsoCode: textIn(number, 'countryIsoCode'),
      pstnNumberType: textIn(number, 'pstnNumberType'),
    }),
  });
}

function textsIn(record: unknown, name: string, members: string[]) {
  const details = memberOf(record, name);
  return some(Object.fromEntries(members.map((member) => [member, textIn(details, member)])));
}

function urlIn(notification: unknown): string | undefined {
  const url = textIn(notification, 'url');
  return url !== undefined && URL.canParse(url) ? url : undefined;
}
