import { isObject } from '../../foundation/json-object.js';
import { memberOf, textOf } from '../delivery-parts.js';
import { instantIn, jsonOf } from '../record-parts.js';
import type { VendorClient } from '../request/vendor-client.js';
import type { ConnectedAccount, VendorMessages } from '../vendor.js';
import type { CallRecord, Reading, ReceivedMessage, Subject } from '../vendor-message.js';
import { callOfBird, callOfThirdGeneration } from './bird-record.js';
import { recordedAtBird } from './bird-recorded.js';
import { signatureProblem } from './signatures.js';

export const birdMessages: VendorMessages = {
  mayRepeat: false,

  read(message: ReceivedMessage, account: ConnectedAccount): Reading {
    const { signingKey } = account.secrets;
    const isChecked = signingKey !== undefined && !message.wasSigned && message.isMasked !== true;
    const reason = isChecked ? signatureProblem(message, signingKey) : null;
    if (reason !== null) return { kind: 'REFUSED', reason };
    // A masked one that was taken without a signing key stays a hint.
    const isVerified = signingKey !== undefined && (message.wasSigned || isChecked);
    const unrecognised = (reason: string): Reading => ({ kind: 'UNRECOGNISED', reason, isVerified });
    const body = jsonOf(message.body);
    if (!isObject(body)) return unrecognised('It is no JSON object in UTF-8.');
    const said = recordIn(body, account);
    if (typeof said === 'string') return unrecognised(said);
    return {
      kind: 'CALL',
      isVerified,
      said,
      subject: { references: said.references, channelId: said.values.channelId ?? null },
    };
  },

  async fetch(subject: Subject, { settings, secrets }: ConnectedAccount, client: VendorClient) {
    const place = [
      textOf(settings.workspaceId),
      subject.channelId ?? textOf(settings.channelId),
      subject.references[0]?.value,
    ];
    if (place.some((part) => part == null)) return null;
    const [workspace, channel, call] = place.map((part) => encodeURIComponent(String(part)));
    const { body } = await client.send({
      method: 'GET',
      path: `/workspaces/${workspace}/channels/${channel}/calls/${call}`,
      headers: { authorization: `AccessKey ${secrets.accessKey}` },
    });
    return callOfBird(body, { settings });
  },

  recorded: recordedAtBird,
};

const EVENTS = ['voice.inbound', 'voice.outbound'];

/** Or why there is none. */
function recordIn(body: Record<string, unknown>, account: ConnectedAccount): CallRecord | string {
  const type = textOf(memberOf(body, 'type')) ?? '';
  const data = memberOf(body, 'data');
  if (type.startsWith('voice_call.') && isObject(data)) {
    return callOfThirdGeneration(data, instantIn(body, 'timestamp')) ?? 'It names no call.';
  }
  const event = textOf(memberOf(body, 'event'));
  if (event !== null && !EVENTS.includes(event)) return 'Its event is not voice.inbound or voice.outbound.';
  const payload = memberOf(body, 'payload') ?? body;
  // What else has an id, such as a conversation, is no call.
  if (textOf(memberOf(payload, 'status')) === null) return 'It has no call with an id and a status.';
  return callOfBird(payload, account) ?? 'It has no call with an id and a status.';
}
