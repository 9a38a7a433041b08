import { memberOf, referenceOf, textOf } from '../delivery-parts.js';
import { type VendorClient, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Learned, OutgoingDelivery } from '../vendor.js';

export const CALLS = '/api/v1/calls/';

export const signIn = ({ secrets }: ConnectedAccount) => ({ authorization: `Bearer ${secrets.apiKey}` });

type Name = 'id' | 'callSid';

/** Burki's own name of the call that a request needs, asked for by the other one if need be. */
export async function nameOf(
  call: Pick<OutgoingDelivery, 'references'>,
  account: ConnectedAccount,
  client: VendorClient,
  { wanted, known }: { wanted: Name; known: Name },
): Promise<{ value: string; learned?: { learned: Learned } } | null> {
  const value = referenceOf(call, 'BURKI', wanted);
  if (value !== undefined) return { value };
  const other = referenceOf(call, 'BURKI', known);
  if (other === undefined) return null;
  const { body } = await client.send({
    method: 'GET',
    path: `${CALLS}${known === 'callSid' ? 'sid/' : ''}${encodeURIComponent(other)}`,
    headers: signIn(account),
  });
  const found = textOf(memberOf(body, wanted === 'id' ? 'id' : 'call_sid'));
  if (found === null) throw new VendorUnreachable("Burki's answer does not name the call.");
  return {
    value: found,
    learned: { learned: { references: [{ system: 'BURKI', name: wanted, value: found }] } },
  };
}
