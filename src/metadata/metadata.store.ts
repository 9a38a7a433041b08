import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { statementTime } from '../db/statement-time.js';
import { calls } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';

type JsonObject = Record<string, unknown>;

/** What metadata may come to after a write: bytes of its compact JSON in UTF-8, and levels of nesting. */
export interface MetadataLimits {
  metadataMaxBytes: number;
  metadataMaxDepth: number;
}

/**
 * What a merge patch makes of the metadata of a locked (or new) call. Refuses with LIMIT_EXCEEDED at `path` when that is
 * too large; merged by Postgres, so that there is one implementation.
 */
export async function mergedMetadata(
  tx: Transaction,
  stored: JsonObject,
  patch: JsonObject,
  { metadataMaxBytes }: MetadataLimits,
  path: string[],
): Promise<JsonObject> {
  const [result] = await tx.execute<{ merged: JsonObject; too_large: boolean }>(sql`
    select merged, metadata_too_large(merged, ${metadataMaxBytes}::integer) as too_large
    from (
      select merge_patch(${JSON.stringify(stored)}::text::jsonb, ${JSON.stringify(patch)}::text::jsonb) as merged
      offset 0
    ) once`);
  if (result === undefined) throw new Error('merge_patch answered with nothing');
  if (result.too_large) refuseTooLarge(metadataMaxBytes, path);
  return typeof result.merged === 'string' ? JSON.parse(result.merged) : result.merged;
}

/** The place in the ledger that a merge takes: now, or with the newest patch where that is later. */
export function ledgerPlace() {
  return {
    metadataAt: sql`greatest(${statementTime}, ${calls.metadataAt})`,
    metadataArrival: sql`nextval('patch_arrival')`,
  };
}

/** The same for the first patch of a call that is being made. */
export function firstLedgerPlace() {
  return {
    metadataAt: statementTime,
    metadataArrival: sql`nextval('patch_arrival')`,
  };
}

export function refuseTooLarge(maxBytes: number, path: string[]): never {
  refuse('LIMIT_EXCEEDED', `The metadata would come to more than ${maxBytes} bytes of JSON`, path);
}
