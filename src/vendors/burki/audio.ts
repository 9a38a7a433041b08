import { VendorRefusal } from '../request/vendor-client.js';
import type { AskForAudio, VendorRecording } from '../vendor.js';
import { CALLS, nameOf, signIn } from './call-name.js';

/** "Play a call recording". */
export function audio({ vendorId, references }: VendorRecording): AskForAudio | null {
  if (!references.some(({ system }) => system === 'BURKI')) return null;
  return async (account, client) => {
    const name = await nameOf({ references }, account, client, { wanted: 'id', known: 'callSid' });
    if (name === null) {
      throw new VendorRefusal({
        status: 404,
        text: 'no name of the call',
        retryAfter: null,
        requestId: null,
      });
    }
    const path = `${CALLS}${encodeURIComponent(name.value)}/recording/${encodeURIComponent(vendorId)}/play`;
    return client.stream({ path, headers: signIn(account) });
  };
}
