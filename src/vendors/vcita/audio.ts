import { memberOf, referenceOf, textOf } from '../delivery-parts.js';
import { type AudioClient, VendorRefusal } from '../request/vendor-client.js';
import type { AskForAudio, ConnectedAccount, VendorRecording } from '../vendor.js';
import { recordOf, send, VOICE_CALLS } from './vcita-requests.js';

/** The voice call shows a pre-signed address, which is good for a short time: it is read anew for each request. */
export function audio(recording: VendorRecording): AskForAudio | null {
  const uid = referenceOf(recording, 'VCITA', 'uid');
  if (uid === undefined) return null;
  return async (account, client) => {
    const address = await addressOf(uid, recording, account, client);
    try {
      return await client.streamAddress(address);
    } catch (error) {
      if (!hasExpired(error)) throw error;
      return client.streamAddress(await addressOf(uid, recording, account, client));
    }
  };
}

/** What stores of files answer for a signature that is not good any more. */
const hasExpired = (error: unknown): boolean =>
  error instanceof VendorRefusal && [400, 401, 403].includes(error.status);

async function addressOf(
  uid: string,
  { vendorId }: VendorRecording,
  account: ConnectedAccount,
  client: AudioClient,
): Promise<string> {
  const path = `${VOICE_CALLS}/${encodeURIComponent(uid)}`;
  const shown = memberOf(recordOf(await send(account, client, { method: 'GET', path })), 'recording');
  const address = textOf(memberOf(shown, 'recordingUrl'));
  // A voice call has one recording: another one has taken the place of this.
  const isOther = (textOf(memberOf(shown, 'uid')) ?? vendorId) !== vendorId;
  if (address !== null && !isOther) return address;
  throw new VendorRefusal({ status: 404, text: 'no such recording', retryAfter: null, requestId: null });
}
