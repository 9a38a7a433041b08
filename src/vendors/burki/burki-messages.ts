import { isTerminal } from '../../calls/call-status.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import { isObject } from '../../foundation/json-object.js';
import { spelling } from '../../foundation/spelling.js';
import { memberOf, textOf } from '../delivery-parts.js';
import { defined, idIn, jsonOf, numberIn, secondsIn, textIn } from '../record-parts.js';
import { statusIn } from '../record-status.js';
import { orNone } from '../request/or-none.js';
import { MOST_OF_PAGE, type VendorClient, type VendorRequest } from '../request/vendor-client.js';
import type { ConnectedAccount, VendorMessages } from '../vendor.js';
import type { CallRecord, Reading, ReceivedMessage, Subject } from '../vendor-message.js';
import { assistantOf, burkiReferences, callOfBurki, parties } from './burki-record.js';
import { recordingsAtBurki, transcriptAtBurki } from './burki-recorded.js';
import { CALLS, signIn } from './call-name.js';

/** Nothing of it is signed, so all of it is a hint. */
export const burkiMessages: VendorMessages = {
  // The report at the end of a call names no call: those of two short calls may be equal.
  mayRepeat: true,

  read({ body }: ReceivedMessage): Reading {
    const message = jsonOf(body);
    if (!isObject(message)) return unrecognised('It is no JSON object in UTF-8.');
    return readMessage(message);
  },

  async fetch({ references }: Subject, account: ConnectedAccount, client: VendorClient) {
    const name = references.find(({ name }) => name === 'id') ?? references[0];
    if (name === undefined) return null;
    const { body } = await client.send({
      method: 'GET',
      path: pathOf(name),
      headers: signIn(account),
    });
    return callOfBurki(body);
  },

  recorded({ references, values }: CallRecord, account: ConnectedAccount) {
    const [name] = references;
    if (name === undefined || !isTerminal(statusIn(values))) return [];
    const ask = async (client: VendorClient, part: string, query: Record<string, string> = {}) => {
      const path = `${pathOf(name)}/${part}`;
      const request: VendorRequest = { method: 'GET', path, query, headers: signIn(account) };
      return (await orNone(client.send({ ...request, mostMebibytes: MOST_OF_PAGE })))?.body;
    };
    return [
      async (client: VendorClient) => recordingsAtBurki(await ask(client, 'recordings')),
      async (client: VendorClient) =>
        transcriptAtBurki(await ask(client, 'transcripts', { include_interim: 'false' })),
    ];
  },
};

const pathOf = ({ name, value }: ReferenceValue) =>
  `${CALLS}${name === 'callSid' ? 'sid/' : ''}${encodeURIComponent(value)}`;

const unrecognised = (reason: string): Reading => ({ kind: 'UNRECOGNISED', reason });

function readMessage(body: Record<string, unknown>): Reading {
  const message = memberOf(body, 'message');
  if (!isObject(message)) return readFlat(body);
  const type = spelling(textOf(memberOf(message, 'type')) ?? '');
  if (type === 'statusupdate') return readStatus(message);
  if (type === 'endofcallreport') return readReport(message);
  return unrecognised("It has none of Burki's message types that are known.");
}

function readStatus(message: Record<string, unknown>): Reading {
  const call = memberOf(message, 'call');
  const references = burkiReferences(undefined, idIn(call, 'id') ?? idIn(call, 'phoneCallProviderId'));
  return hint(references, {
    ...parties(numberOf(message, 'phoneNumber'), numberOf(call, 'customer')),
    vendorStatus: textIn(message, 'status'),
  });
}

const numberOf = (message: unknown, party: string) => numberIn(memberOf(message, party), 'number');

/** A status word for the events that may come without one. */
const STATUS_OF_EVENT: Readonly<Record<string, string>> = { callstarted: 'ongoing', callended: 'completed' };

function readFlat(body: Record<string, unknown>): Reading {
  const event = textOf(memberOf(body, 'event'));
  if (event === null) return unrecognised("It has none of the shapes of Burki's messages that are known.");
  const references = burkiReferences(idIn(body, 'call_id'), idIn(body, 'call_sid'));
  const assistantId = idIn(body, 'assistant_id');
  const key = spelling(event);
  return hint(references, {
    ...parties(undefined, numberIn(body, 'customer_phone_number')),
    vendorStatus:
      textIn(body, 'status') ?? (Object.hasOwn(STATUS_OF_EVENT, key) ? STATUS_OF_EVENT[key] : undefined),
    duration: secondsIn(body, 'duration'),
    assistant: assistantId === undefined ? undefined : assistantOf(assistantId),
  });
}

function hint(references: CallRecord['references'], values: object): Reading {
  if (references.length === 0) return unrecognised('It names no call.');
  return {
    kind: 'CALL',
    isVerified: false,
    subject: { references },
    said: { references, values: defined(values) },
  };
}

function readReport(message: Record<string, unknown>): Reading {
  const to = numberOf(message, 'phoneNumber');
  const customerNumber = numberOf(message, 'customer');
  if (!to || !customerNumber) return unrecognised('It names neither a call nor both of its numbers.');
  const duration =
    secondsIn(message, 'durationSeconds') ?? secondsIn(memberOf(message, 'analysis'), 'durationSeconds');
  const reason = textIn(message, 'endedReason');
  return {
    kind: 'NAMELESS',
    to,
    customerNumber,
    said: { values: defined({ vendorStatus: 'completed', duration, reason }) },
  };
}
