import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { callEvents } from '../../db/tables/call-events.js';
import { callFlowCommands } from '../../db/tables/call-flows.js';
import { callGroups, callReferences, calls } from '../../db/tables/calls.js';
import { type DeliveryRow, deliveries } from '../../db/tables/deliveries.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { voiceCalls } from '../../db/tables/voice-calls.js';

const organization = sql.placeholder('organization');
const id = sql.placeholder('id');

/** Reads what a claimed delivery is about. */
export function outgoingQueries(db: Db) {
  const header = db
    .select({
      account: vendorAccounts,
      call: {
        id: calls.id,
        status: calls.status,
        workspaceId: calls.workspaceId,
        channelId: calls.channelId,
      },
      metadata:
        sql`outgoing_metadata(${calls.metadata}, coalesce(${deliveries.touched}, '{}'))::text`.mapWith(
          membersOf,
        ),
      /** Null if another account has the call. */
      isCertain: sql<boolean | null>`case when ${deliveries.callId} is null then (
          select count(*) = 1 from vendor_accounts a
          where a.organization_id = ${organization} and a.system = ${vendorAccounts.system} and a.deleted_at is null)
        else (select v.is_certain
          from vendor_accounts_of_call(${organization}, ${deliveries.callId}, ${vendorAccounts.system}) v
          where v.account_id = ${deliveries.accountId}) end`,
      isSuperseded: sql<boolean>`${deliveries.kind} = 'CALL_FLOW' and exists (
        select from deliveries n
        where n.organization_id = ${organization} and n.account_id = ${deliveries.accountId}
          and n.call_id = ${deliveries.callId} and n.kind in ('CALL_FLOW', 'HANG_UP') and n.position > ${deliveries.position}
          and n.state not in ('DEAD', 'EXPIRED', 'DISCARDED'))`,
      isRepeated: sql<boolean>`${deliveries.attempts} > 1 or ${deliveries.replayedAt} is not null or exists (
        select from deliveries n
        where n.organization_id = ${organization} and n.account_id = ${deliveries.accountId}
          and n.call_id = ${deliveries.callId} and n.kind = ${deliveries.kind} and n.id <> ${deliveries.id}
          and n.attempts > 0)`,
      age: sql<number>`extract(epoch from clock_timestamp() - coalesce(${deliveries.replayedAt}, ${deliveries.createdAt}))::float8`,
    })
    .from(deliveries)
    .innerJoin(
      vendorAccounts,
      and(eq(vendorAccounts.organizationId, organization), eq(vendorAccounts.id, deliveries.accountId)),
    )
    .leftJoin(calls, and(eq(calls.organizationId, organization), eq(calls.id, deliveries.callId)))
    .where(and(eq(deliveries.organizationId, organization), eq(deliveries.id, id)))
    .prepare('outgoing_delivery');
  const references = db
    .select({
      system: callReferences.system,
      name: callReferences.name,
      value: callReferences.value,
      accountId: callReferences.accountId,
    })
    .from(callReferences)
    .where(and(eq(callReferences.organizationId, organization), eq(callReferences.callId, id)))
    .orderBy(asc(callReferences.position))
    .prepare('outgoing_references');
  const event = db
    .select({
      eventTime: callEvents.eventTime,
      metadata: sql`${callEvents.metadata}::text`.mapWith(membersOf),
      sessionId: callEvents.sessionId,
      group: { kind: callGroups.kind, key: callGroups.key },
    })
    .from(callEvents)
    .leftJoin(
      callGroups,
      and(eq(callGroups.organizationId, organization), eq(callGroups.id, callEvents.groupId)),
    )
    .where(and(eq(callEvents.organizationId, organization), eq(callEvents.id, id)))
    .prepare('outgoing_event');
  const voiceCall = db
    .select()
    .from(voiceCalls)
    .where(and(eq(voiceCalls.organizationId, organization), eq(voiceCalls.callId, id)))
    .prepare('outgoing_voice_call');
  const commands = db
    .select()
    .from(callFlowCommands)
    .where(and(eq(callFlowCommands.organizationId, organization), eq(callFlowCommands.flowId, id)))
    .orderBy(asc(callFlowCommands.position))
    .prepare('outgoing_commands');

  return async ({ organizationId, id: delivery, kind, callId, eventId, flowId }: DeliveryRow) => {
    const [found] = await header.execute({ organization: organizationId, id: delivery });
    if (found === undefined) return null;
    const of = <Row>(
      statement: { execute(values: { organization: string; id: string }): PromiseLike<Row[]> },
      owner: string | null,
    ): PromiseLike<Row[]> | Row[] =>
      owner === null ? [] : statement.execute({ organization: organizationId, id: owner });
    return {
      ...found,
      references: await of(references, callId),
      event: (await of(event, eventId))[0] ?? null,
      voiceCall: (kind === 'VOICE_CALL' ? (await of(voiceCall, callId))[0] : null) ?? null,
      commands: await of(commands, flowId),
    };
  };
}

export type ReadOutgoing = ReturnType<typeof outgoingQueries>;
export type Outgoing = NonNullable<Awaited<ReturnType<ReadOutgoing>>>;

const membersOf = (text: string): Record<string, unknown> => JSON.parse(text);
