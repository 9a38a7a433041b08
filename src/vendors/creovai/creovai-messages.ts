import { isObject } from '../../foundation/json-object.js';
import { idIn, instantIn, jsonOf } from '../record-parts.js';
import { MOST_OF_PAGE, type VendorClient } from '../request/vendor-client.js';
import type { ConnectedAccount, VendorMessages } from '../vendor.js';
import type { Reading, ReceivedMessage, Subject } from '../vendor-message.js';
import { withToken } from './access-tokens.js';
import { callOfCreovai } from './creovai-record.js';

/** The call summary is not signed, and names the interaction but not the session: only the record says which call it is. */
export const creovaiMessages: VendorMessages = {
  mayRepeat: false,

  read({ body }: ReceivedMessage): Reading {
    const message = jsonOf(body);
    if (!isObject(message)) return unrecognised('It is no JSON object in UTF-8.');
    const interactionId = idIn(message, 'callId');
    const hasTimes = instantIn(message, 'utcStart') !== undefined;
    if (interactionId === undefined || !(hasTimes || Array.isArray(message.participants))) {
      return unrecognised("It is no call summary of Creovai's: a callId with times or participants.");
    }
    const said = callOfCreovai(message);
    const references = said?.references ?? [];
    return { kind: 'CALL', isVerified: false, subject: { references, interactionId }, said };
  },

  async fetch({ interactionId }: Subject, account: ConnectedAccount, client: VendorClient) {
    if (interactionId === undefined) return null;
    const path = `/interactions/v2/${encodeURIComponent(interactionId)}`;
    const { body } = await withToken(account, client, (token) =>
      client.send({
        ...{ method: 'GET', path, headers: { authorization: `Bearer ${token}` } },
        // It has the whole transcript.
        mostMebibytes: MOST_OF_PAGE,
      }),
    );
    return callOfCreovai(body);
  },
};

const unrecognised = (reason: string): Reading => ({ kind: 'UNRECOGNISED', reason });
