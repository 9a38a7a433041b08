import { isLive, isTerminal } from '../../calls/call-status.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { Refusal } from '../../foundation/refusal.js';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { webhookUrls } from '../account/webhook-token.js';
import { delayOf } from '../delivery/delivery-failure.js';
import { statusIn } from '../record-status.js';
import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallMessage, CallRecord, Reading } from '../vendor-message.js';
import { candidates } from './candidates.queries.js';
import { fetched } from './fetched.js';
import type { ClaimedMessage, MessageSettlement } from './inbound-message.store.js';
import { readAccount, takeRequest } from './message-account.store.js';
import { digestOf } from './message-digest.js';
import { pacedClient } from './paced-client.js';
import { type RecordStores, writeRecord } from './record-writer.service.js';
import { isDenied, type RecordedProblem, withRecorded } from './recorded.js';

export interface ProcessorDependencies extends RecordStores {
  vendorOf(system: VendorAccountRow['system']): Vendor;
  /** @throws SecretsLocked if no key opens the account's secrets */
  open(account: VendorAccountRow): Promise<ConnectedAccount>;
  clientOf(account: ConnectedAccount, signal: AbortSignal): VendorClient;
  publicUrl(): string;
  failed(error: unknown): void;
}

export interface Processed {
  settlement: MessageSettlement;
  account: Pick<VendorAccountRow, 'id' | 'name' | 'system'> | null;
  isSigned: boolean;
}

/** A vendor may not have at once what it has just told of. */
const TRIES_OF_UNKNOWN = 5;
/** Milliseconds that a message is tried for, and that one without a name waits for its call. */
const GIVE_UP = 86_400_000;
const WAIT_FOR_CALL = 1_800_000;
const LOOK_AGAIN = 15_000;
/** Milliseconds between two looks at a record that may come. */
const RECORD_SOON = 3_000;

/** Verifies a claimed message, recognises and applies it. It never throws: what went wrong is in the settlement. */
export async function processMessage(
  dependencies: ProcessorDependencies,
  message: ClaimedMessage,
  signal: AbortSignal,
): Promise<Processed> {
  let row: VendorAccountRow | null = null;
  let isSigned = message.signed;
  try {
    row = await readAccount(dependencies.database.db, message);
    const account = await dependencies.open(row);
    const vendor = dependencies.vendorOf(row.system);
    const urls = webhookUrls(dependencies.publicUrl(), row.system, account);
    const received = {
      body: message.body,
      headers: message.headers,
      urls: urls.map((url) => url + message.query),
      wasSigned: message.signed,
      isMasked: !digestOf(message.body, message.receivedAt, vendor.messages.mayRepeat).equals(message.digest),
    };
    const reading = vendor.messages.read(received, account);
    isSigned ||= 'isVerified' in reading && reading.isVerified === true;
    const settlement = await settlementOf(
      {
        ...dependencies,
        message,
        row,
        account,
        vendor,
        signal,
        client: dependencies.clientOf(account, signal),
      },
      reading,
    );
    return { account: row, settlement, isSigned };
  } catch (error) {
    const known = failureOf(error, message, isSigned);
    if (known === null) dependencies.failed(error);
    const unknown = () => failed(message, 'The gateway failed; its log says why.', isSigned);
    return { account: row, settlement: known ?? unknown(), isSigned };
  }
}

interface Try extends ProcessorDependencies {
  message: ClaimedMessage;
  row: VendorAccountRow;
  account: ConnectedAccount;
  vendor: Vendor;
  signal: AbortSignal;
  client: VendorClient;
}

const ended = (
  state: MessageSettlement['state'],
  reason: string | null,
  rest: Partial<MessageSettlement> = {},
): MessageSettlement => ({ state, reason, verified: false, callId: null, delay: null, ...rest });

async function settlementOf(try_: Try, reading: Reading): Promise<MessageSettlement> {
  const { message, vendor, database } = try_;
  if (reading.kind === 'CALL') return follow(try_, reading);
  if (reading.kind === 'REFUSED') return ended('REFUSED', reading.reason);
  if (reading.kind === 'UNRECOGNISED') {
    return ended('UNRECOGNISED', reading.reason, { verified: reading.isVerified ?? false });
  }
  const found = await candidates(database.db, message, vendor.system, reading);
  const [references, ...others] = found;
  if (others.length > 0) return ended('UNMATCHED', 'It names no call, and several calls may be meant.');
  if (references === undefined) {
    // The call's own message may be on its way.
    const isWaiting = Date.now() - message.begunAt.getTime() < WAIT_FOR_CALL;
    return ended('UNMATCHED', 'It names no call, and no call of its numbers is known.', {
      delay: isWaiting ? Math.min(delayFor(message), LOOK_AGAIN) : null,
    });
  }
  const said = { ...reading.said, references };
  return follow(try_, { kind: 'CALL', isVerified: false, subject: { references }, said });
}

async function follow(try_: Try, reading: CallMessage): Promise<MessageSettlement> {
  const { message, account, vendor } = try_;
  if (reading.isVerified) return writeRecorded(try_, reading.said);
  const wait = await takeRequest(try_.database, try_.row);
  if (wait > 0)
    return ended(null, message.reason, { verified: message.verified, callId: message.callId, delay: wait });
  try {
    const { answer, at } = await fetched(try_.client, (client) =>
      vendor.messages.fetch(reading.subject, account, client),
    );
    if (answer === null) {
      return write(try_, reading.said, false, 'The account has no way to ask the vendor for its record.');
    }
    return await writeRecorded(try_, { ...answer, fetchedAt: at }, isBehind(answer, reading.said));
  } catch (error) {
    if (!(error instanceof VendorRefusal)) throw error;
    if (isDenied(error)) {
      return write(
        try_,
        reading.said,
        false,
        `The account may not read the vendor's record. ${error.message}`,
      );
    }
    if (error.status !== 404) throw error;
    const isTriedAgain = message.attempts < TRIES_OF_UNKNOWN;
    return ended(isTriedAgain ? 'FAILED' : 'UNMATCHED', 'The vendor has no such call.', {
      delay: isTriedAgain ? Math.min(delayFor(message), RECORD_SOON) : null,
    });
  }
}

/** With what the vendor keeps of the call at paths of their own. */
async function writeRecorded(
  try_: Try,
  record: CallRecord | null,
  isBehind = false,
): Promise<MessageSettlement> {
  const { message, account, vendor, signal } = try_;
  if (record === null) return write(try_, record, true, null);
  const client = pacedClient(try_.database, try_.row, try_.client, signal);
  const { whole, problem } = await withRecorded(vendor, record, account, client);
  return write(try_, whole, true, null, againFor(message, isBehind, problem));
}

/** Vendors tell of the end of a call before their records have it. */
function isBehind(record: CallRecord, said: CallRecord | null): boolean {
  return said !== null && isTerminal(statusIn(said.values)) && isLive(statusIn(record.values));
}

/** Whether a message whose record was written is tried once more. */
interface Again {
  reason: string | null;
  delay: number | null;
}

const NEVER: Again = { reason: null, delay: null };

function againFor(message: ClaimedMessage, isBehind: boolean, problem: RecordedProblem | null): Again {
  if (isBehind && message.attempts < TRIES_OF_UNKNOWN) {
    const reason = "The vendor's record does not have yet what the message says.";
    return { reason, delay: Math.min(delayFor(message), RECORD_SOON) };
  }
  if (problem === null) return NEVER;
  const reason = `Recordings or the transcript could not be read. ${problem.message}`;
  const { delay } = failed(
    message,
    reason,
    true,
    problem instanceof VendorRefusal ? (problem.retryAfter ?? 0) : 0,
  );
  return { reason, delay: isDenied(problem) ? null : delay };
}

async function write(
  try_: Try,
  record: CallRecord | null,
  verified: boolean,
  reason: string | null,
  again: Again = NEVER,
): Promise<MessageSettlement> {
  const { message, account, vendor } = try_;
  if (record === null || record.references.length === 0) {
    return ended('UNMATCHED', reason ?? 'It does not say enough of the call to know it.', { verified });
  }
  try {
    const dated = { fetchedAt: message.receivedAt, ...record };
    const { call, isChanged, problem } = await writeRecord(try_, account, vendor, dated);
    if (again.delay !== null) {
      return ended('FAILED', again.reason, { verified, callId: call.id, delay: again.delay });
    }
    const said = [reason, problem, again.reason].filter((each) => each !== null).join(' ');
    // Tries before have written what the record had then.
    const hasApplied = isChanged || (message.state === 'FAILED' && message.callId !== null);
    return ended(hasApplied ? 'APPLIED' : 'UNCHANGED', said === '' ? null : said, {
      verified,
      callId: call.id,
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return ended('UNMATCHED', error.message, { verified });
  }
}

const delayFor = ({ attempts }: ClaimedMessage) =>
  Math.max(250, delayOf({ kind: 'METADATA', attempt: attempts }));

function failed(
  message: ClaimedMessage,
  reason: string,
  verified = message.verified,
  least = 0,
): MessageSettlement {
  const isGivenUp = Date.now() - message.begunAt.getTime() > GIVE_UP;
  const delay = isGivenUp ? null : Math.max(least, delayFor(message));
  return ended('FAILED', reason, { verified, delay });
}

/** Null if the fault is the gateway's own. */
function failureOf(error: unknown, message: ClaimedMessage, verified: boolean): MessageSettlement | null {
  if (error instanceof VendorUnreachable || error instanceof SecretsLocked) {
    return failed(message, error.message, verified);
  }
  if (!(error instanceof VendorRefusal)) return null;
  return failed(message, error.message, verified, error.retryAfter ?? 0);
}
