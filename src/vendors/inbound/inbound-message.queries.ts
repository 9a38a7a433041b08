import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { type Conditions, choice, createdWithin, instantWithin } from '../../db/lists/conditions.js';
import { listById } from '../../db/lists/list.js';
import { countOf } from '../../db/lists/totals.js';
import { keys, organization } from '../../db/loading/placeholders.js';
import { type InboundMessageRow, inboundMessages } from '../../db/tables/inbound-messages.js';
import type { Page } from '../../foundation/page.js';
import type { InboundMessageFilter } from './inbound-message-filter.values.js';

const isWanted = sql`${inboundMessages.id} = any(${keys})`;

const SHOWN = {
  id: inboundMessages.id,
  accountId: inboundMessages.accountId,
  state: inboundMessages.state,
  verified: inboundMessages.verified,
  reason: inboundMessages.reason,
  callId: inboundMessages.callId,
  receivedAt: inboundMessages.receivedAt,
};

export type ShownMessage = Pick<InboundMessageRow, keyof typeof SHOWN>;

/** Why a message cannot be replayed: see the SQL function. */
export type ReplayProblem = 'UNKNOWN' | 'FORGOTTEN' | 'DELETED';

/** A message that was not processed yet is not shown. */
function conditionsOf({ state, account, receivedAt }: InboundMessageFilter): Conditions {
  return {
    always: [isNotNull(inboundMessages.state)],
    all: [
      ...(account === undefined ? [] : [eq(inboundMessages.accountId, account)]),
      // The id is made of the time.
      ...createdWithin(inboundMessages.id, receivedAt),
    ],
    choices: state === undefined ? [] : [choice(inboundMessages.state, state)],
    scattered: [],
    rest: instantWithin(inboundMessages.receivedAt, receivedAt),
  };
}

export function inboundMessageQueries(db: Db) {
  return {
    byIds: db
      .select(SHOWN)
      .from(inboundMessages)
      .where(
        and(eq(inboundMessages.organizationId, organization), isWanted, isNotNull(inboundMessages.state)),
      )
      .prepare('inbound_messages_by_ids'),

    bodies: db
      .select({ id: inboundMessages.id, body: inboundMessages.body })
      .from(inboundMessages)
      .where(and(eq(inboundMessages.organizationId, organization), isWanted))
      .prepare('bodies_of_inbound_messages'),

    page: (organizationId: string, filter: InboundMessageFilter, page: Page) =>
      listById<typeof inboundMessages, ShownMessage>(db, inboundMessages, {
        organizationId,
        filter,
        conditions: conditionsOf(filter),
        page,
        columns: { name: 'shown', columns: SHOWN },
      }),

    count: (organizationId: string, filter: InboundMessageFilter) =>
      countOf(db, inboundMessages, organizationId, conditionsOf(filter)),

    replay: db
      .select({ place: sql<number>`wrong.place`, problem: sql<ReplayProblem>`wrong.problem` })
      .from(sql`replay_inbound_messages(${organization}::uuid, ${sql.placeholder('ids')}::uuid[]) wrong`)
      .prepare('replay_inbound_messages'),
  };
}

export type InboundMessageQueries = ReturnType<typeof inboundMessageQueries>;
