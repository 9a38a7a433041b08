import { memberOf } from '../delivery-parts.js';
import type { VendorAnswer, VendorClient, VendorRequest } from '../request/vendor-client.js';
import type { ConnectedAccount } from '../vendor.js';

export const VOICE_CALLS = '/v3/communication/voice_calls';

export function send({ settings, secrets }: ConnectedAccount, client: VendorClient, request: VendorRequest) {
  const { directory, businessUid } = settings;
  const headers: Record<string, string> = { authorization: `Bearer ${secrets.token}` };
  if (directory === true) headers['x-on-behalf-of'] = String(businessUid);
  return client.send({ ...request, headers });
}

/** vcita wraps what it answers with. */
export const recordOf = ({ body }: VendorAnswer): unknown => memberOf(body, 'data') ?? body;
