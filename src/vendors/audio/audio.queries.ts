import { and, eq, isNull, sql } from 'drizzle-orm';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { Db } from '../../db/database.js';
import { keys, organization } from '../../db/loading/placeholders.js';
import { calls } from '../../db/tables/calls.js';
import { organizations } from '../../db/tables/identity.js';
import { callRecordings } from '../../db/tables/recordings.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';

/** What the audio of recordings is asked for with. No row for one that no account, or none for certain, has. */
export function audioQueries(db: Db) {
  const references = sql<ReferenceValue[]>`(
    select coalesce(json_agg(json_build_object('system', r.system, 'name', r.name, 'value', r.value) order by r.position), '[]')
    from call_references r where r.organization_id = ${organization} and r.call_id = ${callRecordings.callId})`;
  return {
    sources: db
      .select({
        id: callRecordings.id,
        vendorId: callRecordings.vendorId,
        format: callRecordings.format,
        workspaceId: calls.workspaceId,
        references,
        account: vendorAccounts,
      })
      .from(callRecordings)
      .innerJoin(calls, and(eq(calls.organizationId, organization), eq(calls.id, callRecordings.callId)))
      .innerJoin(
        sql`vendor_accounts_of_call(${organization}, ${callRecordings.callId}, ${callRecordings.system}) owner`,
        sql`owner.is_certain`,
      )
      .innerJoin(
        vendorAccounts,
        and(
          eq(vendorAccounts.organizationId, organization),
          sql`${vendorAccounts.id} = owner.account_id`,
          isNull(vendorAccounts.deletedAt),
          eq(vendorAccounts.paused, false),
        ),
      )
      .innerJoin(organizations, and(eq(organizations.id, organization), isNull(organizations.suspendedAt)))
      .where(and(eq(callRecordings.organizationId, organization), sql`${callRecordings.id} = any(${keys})`))
      .prepare('audio_sources_by_recording_ids'),
  };
}

export type AudioQueries = ReturnType<typeof audioQueries>;
export type AudioSource = Awaited<ReturnType<AudioQueries['sources']['execute']>>[number];
