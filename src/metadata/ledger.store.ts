import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

export async function foldedMetadata(
  tx: Transaction,
  organizationId: string,
  callIds: string[],
): Promise<Record<string, unknown>> {
  const [row] = await tx.execute<{ metadata: Record<string, unknown> | string | null }>(sql`
    select metadata_fold(h.patch order by h.effective_at, h.arrival) as metadata
    from call_ledger(${organizationId}::uuid, array(
      select c.id from calls c where c.organization_id = ${organizationId}
        and (c.id = any(${sql.param(callIds)}::uuid[]) or c.joined_into = any(${sql.param(callIds)}::uuid[]))
    )) h`);
  const metadata = row?.metadata ?? {};
  return typeof metadata === 'string' ? JSON.parse(metadata) : metadata;
}
