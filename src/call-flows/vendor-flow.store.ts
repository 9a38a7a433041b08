import { and, asc, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { rowsOf } from '../db/insert-rows.js';
import { callFlowCommands, callFlows, FLOW_COLUMNS, type StoredCommand } from '../db/tables/call-flows.js';
import { calls } from '../db/tables/calls.js';
import type { DraftedFlow } from './call-flow.store.js';

/** A report is about a flow that the vendor was sent of late. */
const NEWEST = 20;

/**
 * The flows that a report of one of the vendor's ids may be about, oldest first, by call. The calls must be locked. No
 * statement without ids.
 */
export async function readReportedFlows(
  tx: Transaction,
  organizationId: string,
  callIds: string[],
  vendorIds: string[],
): Promise<Map<string, DraftedFlow[]>> {
  const found = new Map<string, DraftedFlow[]>();
  if (vendorIds.length === 0 || callIds.length === 0) return found;
  const commands = sql<StoredCommand[]>`(
    select coalesce(json_agg(json_build_object('organizationId', c.organization_id, 'id', c.id, 'flowId', c.flow_id,
      'position', c.position, 'command', c.command, 'status', c.status, 'vendorId', c.vendor_id,
      'conditions', c.conditions, 'options', c.options) order by c.position), '[]')
    from ${callFlowCommands} c
    where c.organization_id = ${callFlows.organizationId} and c.flow_id = ${callFlows.id})`.mapWith(
    (value) => (typeof value === 'string' ? JSON.parse(value) : value),
  );
  const rows = await tx
    .select({ ...FLOW_COLUMNS, commands })
    .from(callFlows)
    .innerJoin(calls, and(eq(calls.organizationId, organizationId), eq(calls.id, callFlows.callId)))
    .where(
      and(
        eq(callFlows.organizationId, organizationId),
        sql`${callFlows.callId} = any(${sql.param(callIds)}::uuid[])`,
        sql`(${callFlows.vendorId} = any(${sql.param(vendorIds)}::text[])
          or ${callFlows.vendorId} is null and ${callFlows.revision} > ${calls.flowRevision} - ${NEWEST}::integer)`,
      ),
    )
    .orderBy(asc(callFlows.revision));
  for (const { commands: drafted, ...flow } of rows) {
    found.set(flow.callId, [...(found.get(flow.callId) ?? []), { flow, commands: drafted }]);
  }
  return found;
}

/** Of flows that are there. The calls must be locked. */
export async function writeProgress(
  tx: Transaction,
  organizationId: string,
  drafted: DraftedFlow[],
): Promise<void> {
  if (drafted.length === 0) return;
  const flows = drafted.map(({ flow: { id, vendorId } }) => ({ id, vendorId }));
  const commands = drafted.flatMap((each) =>
    each.commands.map(({ id, status, vendorId }) => ({ id, status, vendorId })),
  );
  const [flowRows, commandRows] = [
    await rowsOf(tx, callFlows, flows),
    await rowsOf(tx, callFlowCommands, commands),
  ];
  await Promise.all([
    tx.execute(sql`update call_flows f set vendor_id = v.vendor_id
      from ${flowRows} where f.organization_id = ${organizationId} and f.id = v.id`),
    tx.execute(sql`update call_flow_commands c set status = v.status, vendor_id = v.vendor_id
      from ${commandRows} where c.organization_id = ${organizationId} and c.id = v.id`),
  ]);
}
