import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import { memberOf, referenceOf, textOf } from '../delivery-parts.js';
import { type VendorAnswer, type VendorClient, VendorRefusal } from '../request/vendor-client.js';
import {
  type ConnectedAccount,
  type Delivered,
  type Learned,
  type Outcome,
  PartlyDelivered,
  type Vendor,
} from '../vendor.js';
import { audio } from './audio.js';
import { vcitaCalls } from './vcita-calls.js';
import { vcitaMessages } from './vcita-messages.js';
import { recordOf, send, VOICE_CALLS } from './vcita-requests.js';
import { bodyOfCreate, bodyOfUpdate, differentFields } from './voice-call-fields.js';

/** https://developers.intandem.tech: "Voice Call" */
export const vcita: Vendor = {
  system: 'VCITA',
  kinds: ['VOICE_CALL'],
  requestsPerSecond: 5,
  concurrency: 3,
  required: { settings: ['businessUid'], secrets: ['token'] },
  secretLifetime: null,
  messages: vcitaMessages,
  calls: vcitaCalls,

  async deliver(delivery, account, client) {
    const { voiceCall } = delivery;
    if (voiceCall === null) return { state: 'INCOMPLETE', reason: 'The call has no voice call.' };
    const uid = voiceCall.uid ?? referenceOf(delivery, 'VCITA', 'uid');
    if (uid === undefined) return createThenUpdate(voiceCall, delivery.isRepeated, account, client);
    const { json, missing } = bodyOfUpdate(voiceCall, account.settings);
    if (missing.length > 0) return incomplete(missing);
    const outcome = await update(uid, json, account, client);
    return voiceCall.uid === null ? { ...outcome, learned: { voiceCallUid: uid } } : outcome;
  },

  audio,

  async test(account, client) {
    try {
      await send(account, client, { method: 'GET', path: VOICE_CALLS, query: { per_page: '1' } });
      return 'vcita accepts the token, and lists voice calls.';
    } catch (error) {
      if (!isDenied(error)) throw error;
      const text = `${error.text} (The token of an app may write voice calls, but not read them as this test does.)`;
      throw new VendorRefusal({ ...error, text: text.trim() });
    }
  },
};

const incomplete = (fields: readonly string[]): Outcome => ({
  state: 'INCOMPLETE',
  reason: `vcita requires fields of the voice call that are not known: ${fields.join(', ')}.`,
});

const isDenied = (error: unknown): error is VendorRefusal =>
  error instanceof VendorRefusal && (error.status === 401 || error.status === 403);

async function createThenUpdate(
  voiceCall: VoiceCallRow,
  isRepeated: boolean,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Outcome> {
  const created = bodyOfCreate(voiceCall, account.settings);
  if (created.missing.length > 0) return incomplete(created.missing);
  const updated = bodyOfUpdate(voiceCall, account.settings);
  // A voice call must not be there twice because an answer was lost.
  const adopted = isRepeated ? await find(voiceCall, created.json, account, client) : null;
  const outcome = adopted ?? (await create(created.json, account, client));
  const { uid } = outcome;
  if (uid === null) {
    return { ...outcome.delivered, difference: "vcita's answer does not name the new voice call." };
  }
  const learned: Learned = {
    voiceCallUid: uid,
    references: [{ system: 'VCITA', name: 'uid', value: uid }],
  };
  if (updated.missing.length > 0) return { ...outcome.delivered, learned };
  try {
    return { ...(await update(uid, updated.json, account, client)), learned };
  } catch (error) {
    // With the uid, another try updates the voice call and does not create it again.
    if (!(error instanceof VendorRefusal && isFinal(error))) throw new PartlyDelivered(learned, error);
    const difference = `vcita created the voice call, and refused the rest of it. ${error.message}`;
    return { state: 'DELIVERED', requestId: error.requestId, difference, learned };
  }
}

/** A refusal that another try or another token cannot change. */
const isFinal = ({ status }: VendorRefusal) => [400, 409, 413, 422].includes(status);

interface Created {
  uid: string | null;
  delivered: Delivered;
}

async function create(
  json: Readonly<Record<string, unknown>>,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Created> {
  const sent = { ...json, business_uid: account.settings.businessUid };
  const answer = await send(account, client, { method: 'POST', path: VOICE_CALLS, json: sent });
  const uid = textOf(memberOf(recordOf(answer), 'uid'));
  return { uid, delivered: delivered(json, recordOf(answer), answer) };
}

/** The voice call that an earlier try has created. It is not known whether vcita's filter finds exactly one. */
async function find(
  { sourceId, externalUuid }: VoiceCallRow,
  json: Readonly<Record<string, unknown>>,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Created | null> {
  try {
    const answer = await send(account, client, {
      method: 'GET',
      path: VOICE_CALLS,
      query: { 'filter[source_id][eq]': sourceId, per_page: '100' },
    });
    const list = memberOf(recordOf(answer), 'voice_calls');
    const own = (Array.isArray(list) ? list : []).find(
      (record) =>
        memberOf(record, 'source_id') === sourceId &&
        memberOf(record, 'external_uuid') === externalUuid &&
        memberOf(record, 'deleted_at') == null,
    );
    const uid = textOf(memberOf(own, 'uid'));
    return uid === null ? null : { uid, delivered: delivered(json, own, answer) };
  } catch (error) {
    // An app's token cannot read. Whether the token is good at all shows when it writes.
    if (isDenied(error)) return null;
    throw error;
  }
}

async function update(
  uid: string,
  json: Readonly<Record<string, unknown>>,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<Delivered> {
  const path = `${VOICE_CALLS}/${encodeURIComponent(uid)}`;
  const answer = await send(account, client, { method: 'PUT', path, json });
  return delivered(json, recordOf(answer), answer);
}

function delivered(
  sent: Readonly<Record<string, unknown>>,
  record: unknown,
  { requestId }: VendorAnswer,
): Delivered {
  const fields = differentFields(sent, record);
  return {
    state: 'DELIVERED',
    requestId,
    ...(fields.length === 0 ? {} : { difference: `vcita's voice call differs in ${fields.join(', ')}.` }),
  };
}
