import { sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db } from '../../db/database.js';
import { type InboundMessageRow, inboundMessages } from '../../db/tables/inbound-messages.js';
import { claimedRows } from '../claimed-rows.store.js';
import type { InboundMessageState } from './inbound-message.enums.js';

export type Receipt = 'STORED' | 'DUPLICATE' | 'FULL';

/** Of an account: messages that are not done, and refused ones that are kept. */
const MOST_WAITING = 10_000;
const MOST_REFUSED = 100;
/** Of an account, in a claim of one gateway. */
const AT_ONCE = 8;

interface StoredMessage
  extends Pick<InboundMessageRow, 'id' | 'headers' | 'query' | 'digest' | 'receivedAt'> {
  body: Buffer;
}

/** One statement. A message that was refused before may have been damaged or forged then: it gets another chance. */
export async function storeMessage(
  db: Db,
  { organizationId, id: accountId }: { organizationId: string; id: string },
  { id, body, headers, query, digest, receivedAt }: StoredMessage,
): Promise<Receipt> {
  const m = inboundMessages;
  const at = receivedAt.toISOString();
  const [row] = await db.execute<{ has_room: boolean; is_stored: boolean }>(sql`
    with waiting as (
      select count(*) < ${MOST_WAITING} as has_room from (
        select from ${m} where ${m.organizationId} = ${organizationId} and ${m.accountId} = ${accountId}
          and ${m.nextAttemptAt} is not null limit ${MOST_WAITING}
      ) waiting
    ), stored as (
      insert into ${m} as stored (organization_id, id, account_id, body, headers, query, digest, next_attempt_at, begun_at, received_at)
      select ${organizationId}::uuid, ${id}::uuid, ${accountId}::uuid, ${hex(body)}, ${JSON.stringify(headers)}::text::jsonb,
        ${query}::text, ${hex(digest)}, ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
      from waiting where has_room
      on conflict (organization_id, account_id, digest) do update set headers = excluded.headers, query = excluded.query, signed = false,
        body = excluded.body, attempts = 0, next_attempt_at = excluded.next_attempt_at, begun_at = excluded.begun_at
      where stored.state = 'REFUSED' and stored.next_attempt_at is null
      returning id
    )
    select has_room, exists (select from stored) as is_stored from waiting`);
  if (row === undefined) throw new Error('expected one row');
  return row.is_stored ? 'STORED' : row.has_room ? 'DUPLICATE' : 'FULL';
}

const hex = (bytes: Buffer) => sql`decode(${bytes.toString('hex')}, 'hex')`;

/** A message that is claimed, with its account. */
export interface ClaimedMessage extends InboundMessageRow {
  body: Buffer;
}

/** Takes what is due, at most some of each account, so that none waits for another one's. */
export async function claimMessages(
  db: Db,
  claim: string,
  lease: number,
  most: number,
): Promise<ClaimedMessage[]> {
  const rows = await claimedRows(db, inboundMessages, 'claim_messages', claim, lease, AT_ONCE, most);
  return rows as ClaimedMessage[];
}

export interface MessageSettlement {
  /** Null for a try that has not begun: it does not count, and the message stays as it is. */
  readonly state: InboundMessageState | null;
  readonly verified: boolean;
  readonly reason: string | null;
  readonly callId: string | null;
  /** Milliseconds until the next try; null if there is none. */
  readonly delay: number | null;
}

export interface SettledMessage {
  isSigned: boolean;
  /** In place of what came; null to leave it. */
  body: Buffer | null;
}

/** Nothing if another gateway has taken it over. */
export async function settleMessage(
  database: Database,
  { organizationId, id, accountId, claim }: InboundMessageRow,
  { state, isSigned, body, verified, reason, callId, delay }: MessageSettlement & SettledMessage,
): Promise<void> {
  const m = inboundMessages;
  const next =
    delay === null
      ? sql`null::timestamptz`
      : sql`clock_timestamp() + make_interval(secs => ${delay / 1_000}::float8)`;
  const account = sharedAccount(organizationId);
  // It may have been erased. Its lock comes before the message's, as in an erasure.
  const present = sql`select c.id from calls c where c.organization_id = ${organizationId} and c.id = ${callId}::uuid for key share`;
  const isErased = sql`${callId}::uuid is not null and (${present}) is null`;
  const settle = () =>
    database.db.execute(sql`
      update ${m} set state = coalesce(${state}::text, state), signed = ${isSigned}::boolean,
        body = case when ${isErased} then null else ${body === null ? sql`body` : hex(body)} end,
        verified = ${verified}::boolean, reason = ${reason}::text,
        call_id = coalesce((${present}), call_id), attempts = attempts - ${state === null ? 1 : 0}, next_attempt_at = case when ${isErased} then null else ${next} end,
        claim = null, claimed_until = null
      where ${m.organizationId} = ${organizationId} and ${m.id} = ${id} and ${m.claim} = ${claim}`);
  await database.statement(settle, account);
  // After the commit: of several at once, the last one sees all.
  if (state === 'REFUSED')
    await database.statement(() => forgetRefused(database.db, organizationId, accountId), account);
}

function forgetRefused(db: Db, organizationId: string, accountId: string) {
  const m = inboundMessages;
  return db.execute(sql`
    delete from ${m} where ${m.organizationId} = ${organizationId} and ${m.id} in (
      select r.id from ${m} r where r.organization_id = ${organizationId} and r.account_id = ${accountId}
        and r.state = 'REFUSED' and r.next_attempt_at is null order by r.id desc offset ${MOST_REFUSED}
    )`);
}
