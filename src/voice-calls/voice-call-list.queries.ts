import { eq } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import {
  type Conditions,
  choice,
  createdWithin,
  inOneForm,
  longTextChoice,
  numberWithin,
} from '../db/lists/conditions.js';
import { countOf, listById } from '../db/lists/list.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { Page } from '../foundation/page.js';
import type { VoiceCallStatus } from './voice-call.enums.js';
import type { VoiceCallFilter } from './voice-call-filter.values.js';

export function voiceCallListQueries(db: Db) {
  return {
    page: (organizationId: string, filter: VoiceCallFilter, page: Page) =>
      listById(db, voiceCalls, { organizationId, filter, conditions: conditionsOf(filter), page }),

    count: (organizationId: string, filter: VoiceCallFilter) =>
      countOf(db, voiceCalls, organizationId, conditionsOf(filter)),
  };
}

function conditionsOf(filter: VoiceCallFilter): Conditions {
  const { status, direction, staffUid, clientUid, handledByStaffUid, fromNumber, toNumber } = filter;
  const all = [
    ...(fromNumber === undefined ? [] : [eq(voiceCalls.fromNumber, fromNumber)]),
    ...(toNumber === undefined ? [] : [eq(voiceCalls.toNumber, toNumber)]),
    ...createdWithin(voiceCalls.id, filter.createdAt),
  ];
  const choices = [
    ...(clientUid === undefined ? [] : [longTextChoice(voiceCalls.clientUid, clientUid)]),
    ...(handledByStaffUid === undefined
      ? []
      : [longTextChoice(voiceCalls.handledByStaffUid, handledByStaffUid)]),
    ...(staffUid === undefined ? [] : [longTextChoice(voiceCalls.staffUid, staffUid)]),
    ...(status === undefined ? [] : [choice(voiceCalls.status, bothNames(status))]),
  ];
  const scattered = inOneForm(numberWithin(voiceCalls.duration, filter.duration));
  const rest = direction === undefined ? [] : [choice(voiceCalls.direction, direction).any];
  return { always: [], all, choices, scattered, rest };
}

const VOICEMAIL: VoiceCallStatus[] = ['VOICEMAIL', 'VOICEMAIL_RECEIVED'];

function bothNames(statuses: VoiceCallStatus[]): VoiceCallStatus[] {
  return statuses.some((status) => VOICEMAIL.includes(status)) ? [...statuses, ...VOICEMAIL] : statuses;
}
