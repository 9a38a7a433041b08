import type { CallImportRow } from '../../db/tables/call-imports.js';
import { Refusal } from '../../foundation/refusal.js';
import { type RecordStores, writeRecord } from '../inbound/record-writer.service.js';
import { type RecordedProblem, withRecorded } from '../inbound/recorded.js';
import { type VendorClient, VendorRefusal } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { countAsked } from './call-import.store.js';
import { isFinalRefusal } from './import-failure.js';
import { isTooLarge } from './page-reader.js';

/** Calls at a time, each with a transcript of up to 16 MiB. */
const AT_ONCE = 4;
/** Tries of the same calls; then one that fails is left out, for it keeps those behind it waiting. */
const TRIES = 5;

/** Runs it with a client of its own, whose answers are in use until then. */
export type ForEach = <T>(run: (client: VendorClient) => Promise<T>) => Promise<T>;

/** The account may read calls, but not their recordings. */
export class RecordedDenied extends Error {
  override readonly name = 'RecordedDenied';
}

/**
 * Whether the vendor may keep recordings or a transcript of the call at paths of their own: it says so, or the call has
 * ended and lasted for some time.
 */
export function isToAsk(
  record: CallRecord,
  account: ConnectedAccount,
  { messages }: Pick<Vendor, 'messages'>,
): boolean {
  const isLikely = record.hasTranscript === true || (record.values.duration ?? 0) > 0;
  return isLikely && (messages.recorded?.(record, account) ?? []).length > 0;
}

/**
 * Asks for the recordings and transcripts of calls that are written, and writes them; each after those that were asked for
 * before. Returns the import as it goes on, which is not done with the page if `isOver` has said so.
 * @throws RecordedDenied
 * @throws ImportLost
 * @throws VendorRefusal and VendorUnreachable, if the same is to be asked for again
 */
export async function* askForPage(
  stores: RecordStores,
  claimed: CallImportRow,
  account: ConnectedAccount,
  vendor: Vendor,
  records: readonly CallRecord[],
  forEach: ForEach,
): AsyncGenerator<CallImportRow> {
  let row = claimed;
  const all = records.filter((record) => isToAsk(record, account, vendor));
  const rest = all.slice(all.findIndex((each) => nameOf(each) === row.askedAfter) + 1);
  for (let at = 0; at < rest.length; at += AT_ONCE) {
    const some = rest.slice(at, at + AT_ONCE);
    const errors = await Promise.all(
      some.map((each) => forEach((client) => ask(stores, row, account, vendor, each, client))),
    );
    const failed = errors.filter(({ hasFailed }) => hasFailed).length;
    const error = errors.map((each) => each.error).findLast((each) => each !== null) ?? null;
    const after = nameOf(some.at(-1) as CallRecord);
    row = await countAsked(stores.database, row, { asked: some.length, failed, error, after });
    yield row;
  }
}

/** A record may be at another place of its page when this is read again. */
const nameOf = ({ references: [reference] }: CallRecord): string =>
  reference === undefined ? '' : `${reference.name} ${reference.value}`;

interface Asked {
  hasFailed: boolean;
  error: string | null;
}

async function ask(
  stores: RecordStores,
  { attempts }: CallImportRow,
  account: ConnectedAccount,
  vendor: Vendor,
  record: CallRecord,
  client: VendorClient,
): Promise<Asked> {
  const { whole, problem } = await withRecorded(vendor, record, account, client);
  if (problem !== null && isToBeAskedAgain(problem) && attempts < TRIES) throw problem;
  const { recordings, transcripts } = whole.values;
  const isKnown = recordings === record.values.recordings && transcripts === record.values.transcripts;
  const unwritten = isKnown ? null : await write(stores, account, vendor, whole);
  if (problem === null) return { hasFailed: false, error: unwritten };
  const error = `Recordings or the transcript could not be read. ${problem.message}`;
  if (isDenied(problem)) throw new RecordedDenied(error);
  return { hasFailed: true, error };
}

/** The token itself is good, or the page of the calls could not have been read. */
const isDenied = (problem: RecordedProblem) => problem instanceof VendorRefusal && problem.status === 403;

const isToBeAskedAgain = (problem: RecordedProblem): boolean =>
  !isDenied(problem) && !isFinalRefusal(problem) && !isTooLarge(problem);

/** Why not all of it was written. A record that is refused whole was counted with its page. */
async function write(
  stores: RecordStores,
  account: ConnectedAccount,
  vendor: Vendor,
  record: CallRecord,
): Promise<string | null> {
  try {
    return (await writeRecord(stores, account, vendor, record)).problem;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
