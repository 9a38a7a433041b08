import { referenceOf } from '../delivery-parts.js';
import type { Outcome, OutgoingDelivery, OutgoingEvent, Vendor } from '../vendor.js';
import { fetchToken, withToken } from './access-tokens.js';
import { creovaiCalls } from './creovai-calls.js';
import { creovaiMessages } from './creovai-messages.js';

/** Where an event for a group goes, by the group's kind, and the member that names the group. */
const GROUPS: Readonly<Record<string, { path: string; member: string }>> = {
  master: { path: '/callevent/v1/outofband/mastercall', member: 'masterCallId' },
  case: { path: '/callevent/v1/outofband/case', member: 'caseReferenceId' },
  collection: { path: '/capture/v2/outofband/collection', member: 'collectionId' },
};

/** "Async Metadata API" and "Token authentication API" of Creovai's support pages. */
export const creovai: Vendor = {
  system: 'CREOVAI',
  kinds: ['EVENT'],
  requestsPerSecond: 10,
  concurrency: 4,
  required: { settings: [], secrets: ['clientId', 'clientSecret'] },
  secretLifetime: 365,
  messages: creovaiMessages,
  calls: creovaiCalls,

  async deliver(delivery, account, client) {
    const { event } = delivery;
    if (event === null) return { state: 'DISCARDED', reason: 'The event is not there any more.' };
    const request =
      event.group === null ? ofCall(delivery, event, account.settings) : ofGroup(event, event.group);
    if ('state' in request) return request;
    const { requestId } = await withToken(account, client, (token) =>
      client.send({ method: 'POST', headers: { authorization: `Bearer ${token}` }, ...request }),
    );
    return { state: 'DELIVERED', requestId };
  },

  /** A recording's id is that of its interaction. */
  audio({ vendorId }) {
    const path = `/interactions/v2/${encodeURIComponent(vendorId)}/audio.mp3`;
    return (account, client) =>
      withToken(account, client, (token) =>
        client.stream({ path, headers: { authorization: `Bearer ${token}` } }),
      );
  },

  async test(account, client) {
    const { renewAt } = await fetchToken(account, client);
    return `Creovai gives a token, good for ${Math.round((renewAt - Date.now()) / 60_000)} minutes.`;
  },
};

type EventRequest = { path: string; json: object } | Outcome;

/** Spelled as in the document's example; the other paths as the vendor's own client does. Creovai ignores case. */
function ofCall(
  delivery: OutgoingDelivery,
  { eventTime, metadata, sessionId }: OutgoingEvent,
  settings: Readonly<Record<string, unknown>>,
): EventRequest {
  const session = sessionId ?? referenceOf(delivery, 'CREOVAI', 'sessionId');
  if (session === undefined && settings.matchesWithoutSession !== true) {
    return { state: 'INCOMPLETE', reason: 'No sessionId of Creovai is known for the event.' };
  }
  return {
    path: '/callevent/v1/outofband/event',
    json: {
      ...(session === undefined ? {} : { SessionId: session }),
      EventTime: eventTime.toISOString(),
      Metadata: metadata,
    },
  };
}

function ofGroup({ eventTime, metadata }: OutgoingEvent, group: { kind: string; key: string }): EventRequest {
  const place = Object.hasOwn(GROUPS, group.kind) ? GROUPS[group.kind] : undefined;
  if (place === undefined) {
    return {
      state: 'DISCARDED',
      reason: 'Creovai takes events for groups of kind master, case and collection.',
    };
  }
  return {
    path: place.path,
    json: { [place.member]: group.key, eventTime: eventTime.toISOString(), metadata },
  };
}
