import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

export async function foldedMetadata(
  tx: Transaction,
  organizationId: string,
  callIds: string[],
): Promise<Record<string, unknown>> {
  const [row] = await tx.execute<{ metadata: Record<string, unknown> | string | null }>(sql`
    select metadata_fold(h.patch order by h.effective_at, h.arrival) as metadata
    from calls c join call_changes h on h.organization_id = c.organization_id and h.call_id = c.id and h.patch is not null
    where c.organization_id = ${organizationId}
      and (c.id = any(${sql.param(callIds)}::uuid[]) or c.joined_into = any(${sql.param(callIds)}::uuid[]))`);
  const metadata = row?.metadata ?? {};
  return typeof metadata === 'string' ? JSON.parse(metadata) : metadata;
}
