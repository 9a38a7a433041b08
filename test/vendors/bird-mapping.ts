import type { Answer } from '../support/gateway.js';
import type { BirdCall, BirdCommand } from './bird-documents.js';

type Data = Answer['data'];

const DIRECTIONS: Record<string, string> = { incoming: 'INBOUND', outgoing: 'OUTBOUND' };

/** Bird's contact.id is our contactId. */
function participantIn({ contact, number }: BirdCall['originator']) {
  return { number, contact: contact && { ...contact, contactId: contact.id, id: undefined } };
}

function participantOut(participant: Data) {
  return participant && { ...participant, contact: participant.contact && contactOut(participant.contact) };
}

function contactOut({ contactId, ...contact }: Data) {
  return { id: contactId, ...contact };
}

export const birdId = (value: string) => ({ system: 'BIRD', name: 'id', value });

/** Bird's call as an adapter sends it to upsertCall; replaceCallFlow writes its flow. */
export function fromBird(call: BirdCall) {
  return {
    references: [birdId(call.id)],
    channelId: call.channelId,
    from: call.from,
    to: call.to,
    originator: participantIn(call.originator),
    receiver: call.receiver && participantIn(call.receiver),
    parent: call.parentId ? { reference: birdId(call.parentId) } : undefined,
    direction: DIRECTIONS[call.direction],
    vendorStatus: call.status,
    reason: call.reason,
    type: call.type,
    duration: call.duration,
    hangup:
      call.hangupSource === undefined
        ? undefined
        : { causeCode: call.hangupCauseCode, source: call.hangupSource, sipCode: call.hangupSipCode },
    vendorCreatedAt: call.createdAt,
    vendorUpdatedAt: call.updatedAt,
    ringingAt: call.ringingAt,
    answeredAt: call.answeredAt,
    endedAt: call.endedAt,
    scheduledFor: call.scheduledFor,
    notificationUrl: call.notification?.url,
    quality: call.qualityInsights,
    sip: call.sipInsights,
    answeringMachineDetection: call.amdResult,
    sipType: call.sipType,
    tags: call.tags,
  };
}

export function fromBirdCommands(commands: BirdCommand[]): object[] {
  return commands.map(({ command, options, conditions }) => ({ [command]: { ...options, conditions } }));
}

/** Our Call in the form of Bird's API, without null and empty members. */
export function toBird(call: Data): BirdCall {
  const idOf = ({ references }: Data) => references.find(({ system }: Data) => system === 'BIRD')?.value;
  const { callFlow } = call;
  return pruned({
    id: idOf(call),
    channelId: call.channelId,
    from: call.from,
    to: call.to,
    originator: participantOut(call.originator),
    receiver: participantOut(call.receiver),
    parentId: call.parent && idOf(call.parent),
    direction: Object.keys(DIRECTIONS).find((name) => DIRECTIONS[name] === call.direction),
    status: call.vendorStatus,
    reason: call.reason,
    type: call.type,
    duration: call.duration,
    hangupCauseCode: call.hangup?.causeCode,
    hangupSource: call.hangup?.source,
    hangupSipCode: call.hangup?.sipCode,
    createdAt: call.vendorCreatedAt,
    updatedAt: call.vendorUpdatedAt,
    ringingAt: call.ringingAt,
    answeredAt: call.answeredAt,
    endedAt: call.endedAt,
    scheduledFor: call.scheduledFor,
    callFlow: {
      id: callFlow.vendorId,
      commands: callFlow.commands.map(({ vendorId, command, status, conditions }: Data) => ({
        id: vendorId,
        callId: idOf(call),
        callFlowId: callFlow.vendorId,
        status: status.toLowerCase(),
        command: command.toLowerCase(),
        conditions,
      })),
    },
    notification: { url: call.notificationUrl },
    qualityInsights: call.quality,
    sipInsights: call.sip,
    amdResult: call.answeringMachineDetection,
    sipType: call.sipType,
    tags: call.tags,
  });
}

function pruned(value: Data): Data {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, pruned(member)])
    .filter(([, member]) => !isEmpty(member));
  return Object.fromEntries(members);
}

function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === 'object' && Object.keys(value).length === 0);
}
