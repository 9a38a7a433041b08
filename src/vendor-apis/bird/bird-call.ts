import type { WholeCallFlow } from '../../call-flows/call-flow.store.js';
import type { CallStatus } from '../../calls/call.enums.js';
import type { ParticipantDetails } from '../../calls/call-details.values.js';
import type { ShownCall } from '../../db/tables/call-columns.js';
import { withoutNulls } from '../../foundation/without-nulls.js';

const STATUS: Record<CallStatus, string | null> = {
  SCHEDULED: 'scheduled',
  QUEUED: 'accepted',
  STARTING: 'starting',
  RINGING: 'ringing',
  IN_PROGRESS: 'ongoing',
  COMPLETED: 'completed',
  VOICEMAIL: 'completed',
  NO_ANSWER: 'no-answer',
  BUSY: 'busy',
  CANCELED: 'cancelled',
  FAILED: 'failed',
  UNKNOWN: null,
};

const DIRECTION = { INBOUND: 'incoming', OUTBOUND: 'outgoing', INTERNAL: null, UNKNOWN: null };

export interface BirdFacts {
  id: string;
  parentId: string | null;
  flow: WholeCallFlow | null;
}

/** Bird's Call. What Bird requires and is not known is null; the rest is left out, as Bird does. */
export function birdCall(call: ShownCall, { id, parentId, flow }: BirdFacts) {
  const required = {
    id,
    channelId: call.channelId,
    from: call.from,
    to: call.to,
    originator: partyOf(call.originator, call.from),
    receiver: partyOf(call.receiver, call.to),
    direction: DIRECTION[call.direction],
    status: STATUS[call.status],
    type: call.type,
    createdAt: (call.vendorCreatedAt ?? call.createdAt).toISOString(),
    updatedAt: call.updatedAt.toISOString(),
  };
  const { hangup, sip, quality, tags } = call;
  const optional = {
    parentId,
    reason: call.reason,
    duration: call.duration,
    hangupCauseCode: hangup?.causeCode,
    hangupSource: hangup?.source,
    hangupSipCode: hangup?.sipCode,
    ringingAt: call.ringingAt?.toISOString(),
    answeredAt: call.answeredAt?.toISOString(),
    endedAt: call.endedAt?.toISOString(),
    scheduledFor: call.scheduledFor?.toISOString(),
    callFlow: flow === null ? null : flowOf(flow, id),
    notification: call.notificationUrl === null ? null : { url: call.notificationUrl },
    qualityInsights: quality,
    sipInsights: sip,
    amdResult: call.answeringMachineDetection,
    sipType: call.sipType,
    tags: tags.length === 0 ? null : tags,
  };
  return { ...required, ...withoutNulls(optional) };
}

function partyOf(party: ParticipantDetails | null, number: string | null) {
  if (party === null) return number === null ? null : { number: { number } };
  const { contact, number: details } = party;
  const { contactId, ...rest } = contact ?? {};
  return withoutNulls({
    contact: contact == null ? null : { id: contactId, ...rest },
    number: details ?? (number === null ? null : { number }),
  });
}

/** With Bird's ids once it has told them, and those of the gateway until then. */
function flowOf({ id, vendorId, commands }: WholeCallFlow, callId: string) {
  const callFlowId = vendorId ?? id;
  const shown = commands.map((each) => ({
    ...commandOf(callId, each.command),
    id: each.vendorId ?? each.id,
    callFlowId,
    status: each.status.toLowerCase(),
    ...(each.conditions.length > 0 && { conditions: each.conditions }),
  }));
  return { id: callFlowId, commands: shown };
}

export const commandOf = (callId: string, command: string) => ({
  callId,
  command: command.toLowerCase(),
  status: 'accepted',
});
