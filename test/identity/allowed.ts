import type { Scope } from '../../src/identity/identity.enums.js';
import { type Asking, GUARDS, SUBSCRIPTION_GUARDS } from './root-fields.js';

/** What the contract lets a key of one scope do. */
const WRITES: Record<Scope, string[]> = {
  CALLS_READ: [],
  CALLS_WRITE: ['upsertCall', 'upsertCalls', 'updateCall', 'joinCalls', 'hangUpCall'],
  METADATA_WRITE: ['mergeCallMetadata', 'mergeCallsMetadata'],
  EVENTS_WRITE: ['recordCallEvent', 'recordCallEvents', 'assignCallEvent', 'dismissCallEvent'],
  VOICE_CALLS_WRITE: ['createVoiceCall', 'updateVoiceCall', 'patchVoiceCall', 'patchVoiceCalls'],
  CALL_FLOWS_WRITE: ['replaceCallFlow', 'recordCallFlowProgress'],
  ADMIN: [...Object.keys(GUARDS), ...Object.keys(SUBSCRIPTION_GUARDS)],
};
/** What every scope includes. */
const READS = [
  'node',
  'nodes',
  'call',
  'callByReference',
  'calls',
  'callStatistics',
  'callFacet',
  'voiceCall',
  'voiceCalls',
  'callFlow',
  'callGroup',
  'callEvents',
  'changeCursor',
  'callChanged',
  'callsChanged',
  'callUpdated',
  'callUpdates',
  'callEventsChanged',
];
/** Whether a key or token of the scope may use the root field. */
export const allowed = (scope: Scope | null, field: string) =>
  field === 'viewer' || (scope !== null && (READS.includes(field) || WRITES[scope].includes(field)));

const CHANGE = '{ id kind matches revision newValues call { id metadata } }';
const CALL_CHANGED = `subscription ($call: CallLocator!, $after: String) { callChanged(call: $call, after: $after) ${CHANGE} }`;
const CALLS_CHANGED = `subscription ($filter: CallFilter, $after: String) { callsChanged(filter: $filter, after: $after) ${CHANGE} }`;

const UPDATE = '{ transition removedCallId change { id kind newValues } call { id metadata } }';
const CALL_UPDATED = `subscription ($call: CallLocator!, $after: String) { callUpdated(call: $call, after: $after) ${UPDATE} }`;
const CALL_UPDATES = `subscription ($filter: CallFilter, $after: String) { callUpdates(filter: $filter, after: $after) ${UPDATE} }`;

const EVENTS_CHANGED = `subscription ($filter: CallEventFilter) {
  callEventsChanged(filter: $filter) { id match metadata calls { nodes { id } } }
}`;

const DELIVERIES_CHANGED = `subscription ($filter: DeliveryFilter) {
  deliveriesChanged(filter: $filter) { id kind state call { id } account { id name } }
}`;

/** The subscriptions, in each of the ways in which a client can name what it wants. */
export const SUBSCRIPTION_ASKINGS: Asking[] = [
  {
    field: 'callChanged',
    by: "a call's id",
    document: CALL_CHANGED,
    variables: ({ call }) => ({ call: { id: call } }),
  },
  {
    field: 'callChanged',
    by: 'a reference',
    document: CALL_CHANGED,
    variables: (names) => ({
      call: { reference: { system: 'OTHER', name: 'case', value: names.reference } },
    }),
  },
  { field: 'callsChanged', by: 'nothing', document: CALLS_CHANGED, variables: () => ({}) },
  {
    field: 'callsChanged',
    by: 'a group',
    document: CALLS_CHANGED,
    variables: ({ groupKey }) => ({ filter: { group: { kind: 'case', key: groupKey } } }),
  },
  {
    field: 'callsChanged',
    by: 'a cursor',
    document: CALLS_CHANGED,
    variables: ({ changeCursor }) => ({ after: changeCursor }),
  },
  {
    field: 'callUpdated',
    by: "a call's id",
    document: CALL_UPDATED,
    variables: ({ call }) => ({ call: { id: call } }),
  },
  {
    field: 'callUpdated',
    by: 'a reference',
    document: CALL_UPDATED,
    variables: (names) => ({
      call: { reference: { system: 'OTHER', name: 'case', value: names.reference } },
    }),
  },
  { field: 'callUpdates', by: 'nothing', document: CALL_UPDATES, variables: () => ({}) },
  {
    field: 'callUpdates',
    by: 'a group',
    document: CALL_UPDATES,
    variables: ({ groupKey }) => ({ filter: { group: { kind: 'case', key: groupKey } } }),
  },
  {
    field: 'callUpdates',
    by: 'a cursor',
    document: CALL_UPDATES,
    variables: ({ changeCursor }) => ({ after: changeCursor }),
  },
  { field: 'callEventsChanged', by: 'nothing', document: EVENTS_CHANGED, variables: () => ({}) },
  {
    field: 'callEventsChanged',
    by: 'a group',
    document: EVENTS_CHANGED,
    variables: ({ groupKey }) => ({ filter: { group: { kind: 'case', key: groupKey } } }),
  },
  { field: 'deliveriesChanged', by: 'nothing', document: DELIVERIES_CHANGED, variables: () => ({}) },
  {
    field: 'deliveriesChanged',
    by: "a call's id",
    document: DELIVERIES_CHANGED,
    variables: ({ call }) => ({ filter: { call: { id: call } } }),
  },
  {
    field: 'callImportChanged',
    by: "an import's id",
    document: 'subscription ($id: ID!) { callImportChanged(id: $id) { id state account { id name } } }',
    variables: ({ callImport }) => ({ id: callImport }),
  },
];
