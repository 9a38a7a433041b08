import { createHash } from 'node:crypto';
import type { CallFilter, CallOrder } from '../../src/calls/filter/call-filter.values.js';
import { sharedAccount } from '../../src/db/connection/account.js';
import { ALL_COLUMNS } from '../../src/db/tables/call-columns.js';
import type { CallEventFilter } from '../../src/events/call-event-filter.values.js';
import type { Page } from '../../src/foundation/page.js';
import type { VoiceCallFilter, VoiceCallOrder } from '../../src/voice-calls/voice-call-filter.values.js';
import type { Operation } from '../support/client.js';
import { instantAt } from './dataset.js';
import type { Queries } from './plans.js';

/** How much time a case may take: see `verdict`. Null where no limit was promised. */
export type Rule = 'page' | 'far past' | null;

/** One question that is put to the large and to the small database. */
export interface Case {
  name: string;
  rule: Rule;
  operation: Operation;
  /** How many there are on all pages together; for a case that asks for more than a list. */
  total: Operation | null;
  /** Whether nothing is to be found. */
  isEmpty?: boolean;
  /** Sends the very statements that the gateway sends for it. */
  send(queries: Queries, organizationId: string): Promise<unknown>;
}

const PAGE = 50;
const FIRST: Page<never> = { limit: PAGE, forward: true, after: null, before: null };
const NEWEST_VOICE_CALL: VoiceCallOrder = { field: 'CREATED_AT', direction: 'DESC' };
const NEWEST: CallOrder = { field: 'CREATED_AT', direction: 'DESC' };

/** As the data set makes it, of a call of the organization; every twentieth has it in a transcript. */
const hashOf = (n: number): string => createHash('md5').update(`0:${n}`).digest('hex');

const callCase = (rule: Rule, name: string, filter: CallFilter, order: CallOrder = NEWEST): Case => ({
  name,
  rule,
  operation: {
    query: `query ($filter: CallFilter, $order: CallOrder) {
      calls(filter: $filter, orderBy: $order, first: ${PAGE}) { nodes { id status metadata } }
    }`,
    variables: { filter, order },
  },
  total: totalOfCalls(filter),
  send: (queries, organizationId) =>
    queries.calls.page(sharedAccount(organizationId), { filter, order }, FIRST),
});

const totalOfCalls = (filter: CallFilter): Operation => ({
  query: 'query ($filter: CallFilter) { calls(filter: $filter) { totalCount } }',
  variables: { filter },
});

const totalCase = (name: string, filter: CallFilter): Case => ({
  name,
  rule: null,
  operation: totalOfCalls(filter),
  total: totalOfCalls(filter),
  send: (queries, organizationId) => queries.calls.count(organizationId, filter),
});

const voiceCallCase = (name: string, filter: VoiceCallFilter, order = NEWEST_VOICE_CALL): Case => ({
  name,
  rule: 'page',
  operation: {
    query: `query ($filter: VoiceCallFilter, $order: VoiceCallOrder) {
      voiceCalls(filter: $filter, orderBy: $order, first: ${PAGE}) { nodes { id status staffUid callSummary } }
    }`,
    variables: { filter, order },
  },
  total: {
    query: 'query ($filter: VoiceCallFilter) { voiceCalls(filter: $filter) { totalCount } }',
    variables: { filter },
  },
  send: (queries, organizationId) => queries.voiceCalls.page(organizationId, { filter, order }, FIRST),
});

const eventCase = (name: string, filter: CallEventFilter): Case => ({
  name,
  rule: 'page',
  operation: {
    query: `query ($filter: CallEventFilter) {
      callEvents(filter: $filter, first: ${PAGE}) { nodes { id match eventTime metadata } }
    }`,
    variables: { filter },
  },
  total: {
    query: 'query ($filter: CallEventFilter) { callEvents(filter: $filter) { totalCount } }',
    variables: { filter },
  },
  send: (queries, organizationId) => queries.callEvents.page(organizationId, filter, FIRST, null),
});

const byReference = (value: string): Case => ({
  name: 'by reference',
  rule: 'page',
  operation: {
    query:
      'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id status metadata } }',
    variables: { reference: { system: 'BURKI', name: 'id', value } },
  },
  total: null,
  send: (queries, organization) =>
    queries.calls.byReference(ALL_COLUMNS).execute({ organization, system: 'BURKI', name: 'id', value }),
});

const throughGroup = (kind: string, key: string): Case => ({
  name: 'by group: callGroup.calls',
  rule: 'page',
  operation: {
    query: `query ($group: CallGroupInput!) {
      callGroup(group: $group) { calls(first: ${PAGE}) { nodes { id status metadata } } }
    }`,
    variables: { group: { kind, key } },
  },
  total: {
    query: 'query ($group: CallGroupInput!) { callGroup(group: $group) { calls { totalCount } } }',
    variables: { group: { kind, key } },
  },
  async send(queries, organization) {
    const [group] = await queries.calls.groupByName.execute({ organization, kind, key });
    return queries.calls.linkedPages(organization, 'group', [group?.id ?? ''], FIRST, ALL_COLUMNS);
  },
});

/** What the requirement names. `middle` is the place of a call in the middle of the span, which exists at every size. */
export function requiredCases(middle: number): Case[] {
  const days = { from: instantAt(0.4), to: instantAt(0.5) };
  return [
    callCase('page', 'newest first', {}),
    callCase('page', 'by status (5 %) and time (a tenth, in the past)', {
      status: ['VOICEMAIL'],
      createdAt: days,
    }),
    callCase('page', 'by two statuses and time', { status: ['VOICEMAIL', 'BUSY'], createdAt: days }),
    callCase('page', 'by status (0.1 %) and time (a half)', {
      status: ['IN_PROGRESS'],
      createdAt: { from: instantAt(0.25), to: instantAt(0.75) },
    }),
    callCase('page', 'by tag, 10 %', { tags: { anyOf: ['team-3'] } }),
    callCase('page', 'by tag, 1 %', { tags: { anyOf: ['vip'] } }),
    callCase('page', 'by tag, 0.1 %', { tags: { anyOf: ['rare'] } }),
    callCase('page', 'by tags allOf, 0.1 %', { tags: { allOf: ['team-3', 'vip'] } }),
    callCase('page', 'by customer number', { customerNumber: '+16505550123' }),
    callCase('page', 'by metadata, 1 match', {
      metadata: { contains: { ticket: { id: `TICKET-${middle}` } } },
    }),
    callCase('page', 'by metadata, 0.1 % (1,000 of a million)', {
      metadata: { contains: { segment: 'platinum' } },
    }),
    callCase('page', 'by metadata, 10 % (100,000 of a million)', {
      metadata: { contains: { segment: 'gold' } },
    }),
    callCase('far past', 'by metadata, 10 %, all in the oldest tenth', {
      metadata: { contains: { era: 'migrated' } },
    }),
    callCase('far past', 'by tag, 10 %, all in the oldest tenth', { tags: { anyOf: ['legacy'] } }),
    callCase('page', 'by two metadata keys (10 % each, 1 % both)', {
      metadata: { contains: { segment: 'gold', language: 'fr' } },
    }),
    byReference(`call-${middle}`),
    callCase('page', 'by group, 1 %', { group: { kind: 'collection', key: 'audit' } }),
    callCase('page', 'by group, 0.05 %', { group: { kind: 'case', key: 'case-7' } }),
    throughGroup('collection', 'audit'),
    callCase('page', 'search, 100 %', { search: 'servicebot' }),
    callCase('page', 'search, 10 %', { search: 'Team-3' }),
    callCase('page', 'search, 5 %, in transcripts', { search: 'promised an answer' }),
    callCase('page', 'search, 1 %', { search: 'VIP' }),
    callCase('page', 'search, 0.1 %', { search: 'rare' }),
    callCase('page', 'search by a number, 0.1 %', { search: '(650) 555-0123' }),
    callCase('page', 'search, 1 match in a transcript', { search: hashOf(middle) }),
    { ...callCase('page', 'search, nothing found', { search: 'promised nothing' }), isEmpty: true },
    callCase('far past', 'search, 10 %, all in the oldest tenth', { search: 'legacy' }),
    callCase('page', 'staffUid, 0.3 %', { staffUid: ['staff-7'] }),
    callCase('page', 'clientUid, 0.03 %', { clientUid: ['client-123'] }),
    callCase('page', 'occurredAt, 1 % in the middle', {
      occurredAt: { from: instantAt(0.5), to: instantAt(0.51) },
    }),
    callCase('page', 'and, or, not', {
      or: [{ status: ['IN_PROGRESS'] }, { customerNumber: '+1 (650) 555-0123' }],
      not: { direction: ['INTERNAL'] },
    }),
  ];
}

/** The other filters and all orders. */
export function otherCases(middle: number): Case[] {
  const orders = (['CREATED_AT', 'STARTED_AT', 'UPDATED_AT', 'DURATION', 'OCCURRED_AT'] as const).flatMap(
    (field) =>
      (['DESC', 'ASC'] as const).map((direction) =>
        callCase('page', `order ${field} ${direction}`, {}, { field, direction }),
      ),
  );
  const percent = { from: instantAt(0.5), to: instantAt(0.51) };
  const ranges = (['createdAt', 'updatedAt', 'startedAt', 'endedAt'] as const).map((field) =>
    callCase('page', `${field}, 1 % in the middle`, { [field]: percent }),
  );
  return [
    ...orders,
    ...ranges,
    callCase('far past', 'startedAt, the older half', { startedAt: { to: instantAt(0.5) } }),
    callCase('page', 'updatedAt, the last 1 %', { updatedAt: { from: instantAt(0.99) } }),
    callCase('page', 'duration, the longest 1 %', { duration: { min: 1643 } }),
    callCase('page', 'status, 0.1 %', { status: ['IN_PROGRESS'] }),
    callCase('page', 'from', { from: '+16505550123' }),
    callCase('page', 'to', { to: '+14155551007' }),
    callCase('page', 'assistantId', { assistantId: 'assistant-7' }),
    callCase('page', 'channelId', { channelId: 'channel-7' }),
    callCase('page', 'metadata hasKeys, 1 %', { metadata: { hasKeys: ['escalated'] } }),
    callCase('page', 'metadata anyOf, 0.1 % and 1 match', {
      metadata: { anyOf: [{ segment: 'platinum' }, { ticket: { id: `TICKET-${middle}` } }] },
    }),
    callCase(null, 'direction', { direction: ['INTERNAL'] }),
    callCase(null, 'system', { system: ['CREOVAI'] }),
    callCase(null, 'hasVoiceCall', { hasVoiceCall: true }),
    callCase(null, 'hasRecording', { hasRecording: true }),
    callCase(
      'page',
      'search, 1 %, by occurredAt',
      { search: 'VIP' },
      { field: 'OCCURRED_AT', direction: 'DESC' },
    ),
    voiceCallCase('voiceCalls by search, 0.1 %', { search: 'rare' }),
    voiceCallCase('voiceCalls by occurredAt, 1 %', { occurredAt: percent }),
    ...(['UPDATED_AT', 'DURATION'] as const).flatMap((field) =>
      (['DESC', 'ASC'] as const).map((direction) =>
        voiceCallCase(`voiceCalls, order ${field} ${direction}`, {}, { field, direction }),
      ),
    ),
    voiceCallCase('voiceCalls by staffUid', { staffUid: ['staff-7'] }),
    voiceCallCase('voiceCalls by two staffUids', { staffUid: ['staff-7', 'staff-8'] }),
    voiceCallCase('voiceCalls by status', { status: ['MISSED'] }),
    eventCase('callEvents by match', { match: ['PENDING'] }),
    eventCase('callEvents by sessionId', { sessionId: `session-${middle}` }),
    totalCase('totalCount of everything', {}),
    totalCase('totalCount of 10 % by metadata', { metadata: { contains: { segment: 'gold' } } }),
  ];
}
