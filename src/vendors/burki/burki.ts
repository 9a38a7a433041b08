import { canonicalKey } from '../../foundation/canonical-key.js';
import { withoutNulls } from '../../foundation/without-nulls.js';
import { memberOf } from '../delivery-parts.js';
import { type VendorClient, VendorRefusal } from '../request/vendor-client.js';
import type { ConnectedAccount, Outcome, OutgoingDelivery, Vendor } from '../vendor.js';
import { audio } from './audio.js';
import { burkiCalls } from './burki-calls.js';
import { burkiMessages } from './burki-messages.js';
import { CALLS, nameOf, signIn } from './call-name.js';

const NO_NAME: Outcome = { state: 'INCOMPLETE', reason: "The call has no reference to Burki's call." };

/** https://docs.burki.dev */
export const burki: Vendor = {
  system: 'BURKI',
  kinds: ['METADATA', 'HANG_UP'],
  requestsPerSecond: 10,
  concurrency: 4,
  required: { settings: [], secrets: ['apiKey'] },
  secretLifetime: null,
  messages: burkiMessages,
  calls: burkiCalls,

  deliver: (delivery, account, client) =>
    delivery.kind === 'HANG_UP' ? hangUp(delivery, account, client) : sendMetadata(delivery, account, client),

  audio,

  async test(account, client) {
    const { body } = await client.send({
      method: 'GET',
      path: CALLS,
      query: { limit: '1' },
      headers: signIn(account),
    });
    const total = memberOf(body, 'total');
    return `Burki accepts the key${typeof total === 'number' ? `, and has ${total} calls` : ''}.`;
  },
};

async function sendMetadata(
  delivery: OutgoingDelivery,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Outcome> {
  const name = await nameOf(delivery, account, client, { wanted: 'id', known: 'callSid' });
  if (name === null) return NO_NAME;
  const { metadata } = delivery;
  const { body, requestId } = await client.send({
    method: 'PATCH',
    path: `${CALLS}${encodeURIComponent(name.value)}/metadata`,
    headers: signIn(account),
    json: { metadata },
  });
  const there = memberOf(body, 'call_meta') ?? {};
  const different = Object.keys(metadata).filter(
    (key) => comparable(metadata[key]) !== comparable(memberOf(there, key)),
  );
  return {
    state: 'DELIVERED',
    requestId,
    ...name.learned,
    ...(different.length === 0 ? {} : { difference: `Burki's metadata differs in ${different.join(', ')}.` }),
  };
}

/** Null is as good as absent: it is not known whether Burki removes a member or stores the null. */
const comparable = (value: unknown) => canonicalKey(withoutNulls(value ?? undefined));

async function hangUp(
  delivery: OutgoingDelivery,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Outcome> {
  const name = await nameOf(delivery, account, client, { wanted: 'callSid', known: 'id' });
  if (name === null) return NO_NAME;
  try {
    const { body, requestId } = await client.send({
      method: 'POST',
      path: `${CALLS}${encodeURIComponent(name.value)}/terminate`,
      headers: signIn(account),
    });
    const isRefused = memberOf(body, 'success') === false;
    return {
      state: 'DELIVERED',
      requestId,
      ...name.learned,
      ...(isRefused ? { difference: 'Burki answered that it did not end the call.' } : {}),
    };
  } catch (error) {
    if (!hasEnded(error)) throw error;
    return { state: 'DELIVERED', requestId: error.requestId, ...name.learned };
  }
}

/** "Cannot terminate call - current status is 'completed'": only an ongoing call can be ended. */
const hasEnded = (error: unknown): error is VendorRefusal =>
  error instanceof VendorRefusal && error.status === 400 && error.text.includes('current status is');
