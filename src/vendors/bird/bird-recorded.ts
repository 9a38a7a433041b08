import { isTerminal } from '../../calls/call-status.js';
import { birdId } from '../../calls/reference/bird-id.js';
import { memberOf } from '../delivery-parts.js';
import { defined, idIn, instantIn, listIn, secondsIn, textIn } from '../record-parts.js';
import { statusIn } from '../record-status.js';
import { recordingsOf } from '../recorded-parts.js';
import { orNone } from '../request/or-none.js';
import { MOST_OF_PAGE, type VendorClient } from '../request/vendor-client.js';
import type { AskForRecorded, ConnectedAccount } from '../vendor.js';
import type { CallRecord, Recorded } from '../vendor-message.js';

/** The most that Bird lists at a time, which is more than a call may have. */
const LIMIT = 99;

/**
 * "List recordings", by the call that was recorded. Of a call that has ended, unless it lasted for no time; its third
 * generation has no workspace, and no such list.
 */
export function recordedAtBird(
  { references, values }: CallRecord,
  { secrets }: ConnectedAccount,
): AskForRecorded[] {
  const [call] = references;
  const { workspaceId, duration } = values;
  if (call === undefined || workspaceId == null || duration === 0 || !isTerminal(statusIn(values))) return [];
  return [
    async (client: VendorClient) => {
      const answer = client.send({
        method: 'GET',
        path: `/workspaces/${encodeURIComponent(workspaceId)}/recordings`,
        query: { sourceId: call.value, limit: String(LIMIT) },
        headers: { authorization: `AccessKey ${secrets.accessKey}` },
        mostMebibytes: MOST_OF_PAGE,
      });
      return recordingsAtBird((await orNone(answer))?.body, call.value);
    },
  ];
}

/** Of Bird's list of recordings those whose source is the call. */
export function recordingsAtBird(answer: unknown, callId: string): Recorded {
  const own = listIn(answer, 'results').filter((each) => isOf(each, callId));
  return defined({ recordings: recordingsOf('BIRD', own.map(recordingIn)) });
}

/** A list that was not filtered has the recordings of others. */
function isOf(recording: unknown, callId: string): boolean {
  if (memberOf(recording, 'sourceId') === undefined) return true;
  const source = idIn(recording, 'sourceId');
  return source !== undefined && birdId(source) === callId;
}

const recordingIn = (recording: unknown) => ({
  vendorId: idIn(recording, 'id'),
  status: textIn(recording, 'status'),
  duration: secondsIn(recording, 'duration'),
  format: textIn(recording, 'format'),
  createdAt: instantIn(recording, 'createdAt'),
});
