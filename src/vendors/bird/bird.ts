import { isTerminal, statusOfWord } from '../../calls/call-status.js';
import { memberOf, referenceOf, textOf } from '../delivery-parts.js';
import { type VendorClient, VendorRefusal } from '../request/vendor-client.js';
import type { ConnectedAccount, Outcome, OutgoingDelivery, Vendor } from '../vendor.js';
import { birdCalls } from './bird-calls.js';
import { birdMessages } from './bird-messages.js';
import { flowOf, progressIn } from './flow.js';

/** https://docs.bird.com: "Update a call", of the API at api.bird.com. */
export const bird: Vendor = {
  system: 'BIRD',
  kinds: ['CALL_FLOW', 'HANG_UP'],
  requestsPerSecond: 50,
  concurrency: 4,
  required: { settings: [], secrets: ['accessKey'] },
  secretLifetime: null,
  messages: birdMessages,
  calls: birdCalls,

  async deliver(delivery, account, client) {
    const path = pathOf(delivery, account);
    if (typeof path !== 'string') return path;
    if (delivery.kind === 'HANG_UP') return hangUp(path, account, client);
    const { flow } = delivery;
    if (flow === null) return { state: 'DISCARDED', reason: 'The flow is not there any more.' };
    const { body, requestId } = await client.send({
      method: 'PATCH',
      path,
      headers: signIn(account),
      json: { callFlow: flowOf(flow.commands) },
    });
    const flowProgress = progressIn(body, flow.commands);
    return { state: 'DELIVERED', requestId, ...(flowProgress === null ? {} : { learned: { flowProgress } }) };
  },

  /** "Get a recording": the audio has the record's path with .mp3. */
  audio({ vendorId, workspaceId, settings }) {
    const workspace = workspaceId ?? textOf(settings.workspaceId);
    if (workspace === null) return null;
    const path = `/workspaces/${encodeURIComponent(workspace)}/recordings/${encodeURIComponent(vendorId)}.mp3`;
    return (account, client) => client.stream({ path, headers: signIn(account) });
  },

  async test(account, client) {
    const workspace = textOf(account.settings.workspaceId);
    if (workspace === null)
      return 'Bird was not asked: without a workspaceId there is no request to test with.';
    await client.send({
      method: 'GET',
      path: `/workspaces/${encodeURIComponent(workspace)}/channels/calls`,
      query: { limit: '1' },
      headers: signIn(account),
    });
    return 'Bird accepts the access key, and lists the calls of the workspace.';
  },
};

const signIn = ({ secrets }: ConnectedAccount) => ({ authorization: `AccessKey ${secrets.accessKey}` });

function pathOf(delivery: OutgoingDelivery, { settings }: ConnectedAccount): string | Outcome {
  const parts = {
    workspaceId: delivery.call?.workspaceId ?? textOf(settings.workspaceId),
    channelId: delivery.call?.channelId ?? textOf(settings.channelId),
    id: referenceOf(delivery, 'BIRD', 'id') ?? null,
  };
  const missing = Object.entries(parts).flatMap(([name, value]) => (value === null ? [name] : []));
  if (missing.length > 0) {
    return { state: 'INCOMPLETE', reason: `Bird requires values that are not known: ${missing.join(', ')}.` };
  }
  const [workspace, channel, call] = Object.values(parts).map((part) => encodeURIComponent(String(part)));
  return `/workspaces/${workspace}/channels/${channel}/calls/${call}`;
}

/** Alone: what Bird does with a status and a flow in one request is not known. */
async function hangUp(path: string, account: ConnectedAccount, client: VendorClient): Promise<Outcome> {
  const headers = signIn(account);
  try {
    const { requestId } = await client.send({
      method: 'PATCH',
      path,
      headers,
      json: { status: 'completed' },
    });
    return { state: 'DELIVERED', requestId };
  } catch (error) {
    if (!(error instanceof VendorRefusal && [404, 422].includes(error.status))) throw error;
    if (!(await hasEnded(path, account, client))) throw error;
    return { state: 'DELIVERED', requestId: error.requestId };
  }
}

/** A call that has ended cannot be ended again, which is as good. */
async function hasEnded(path: string, account: ConnectedAccount, client: VendorClient): Promise<boolean> {
  try {
    const { body } = await client.send({ method: 'GET', path, headers: signIn(account) });
    return isTerminal(statusOfWord(String(memberOf(body, 'status')), { duration: null }));
  } catch (error) {
    if (error instanceof VendorRefusal && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
}
