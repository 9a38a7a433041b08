import { sql } from 'drizzle-orm';
import { type CallRow, calls } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';

/** What metadata may come to after a write: bytes of its JSON text in UTF-8, and levels of nesting. */
export interface MetadataLimits {
  metadataMaxBytes: number;
  metadataMaxDepth: number;
}

/** What a merge patch sets of a locked call, in an update that has the statement's time as `clock.at`. */
export function patchedValues(patch: Record<string, unknown>) {
  return {
    metadata: sql`merge_patch(${calls.metadata}, ${json(patch)})`,
    metadataAt: sql`greatest(clock.at, ${calls.metadataAt})`,
    metadataArrival: sql`nextval('patch_arrival')`,
  };
}

/** True when the patch would change the stored metadata. */
export function patchChanges(patch: Record<string, unknown>) {
  return sql`merge_patch(${calls.metadata}, ${json(patch)}) <> ${calls.metadata}`;
}

/** What the first merge patch sets of a call that is being made. */
export function insertedMetadata(patch: Record<string, unknown>) {
  return {
    metadata: sql`merge_patch('{}', ${json(patch)})`,
    metadataAt: sql`clock_timestamp()::timestamptz(3)`,
    metadataArrival: sql`nextval('patch_arrival')`,
  };
}

function json(patch: Record<string, unknown>) {
  return sql`${JSON.stringify(patch)}::text::jsonb`;
}

/** Refuses with LIMIT_EXCEEDED, and so undoes, a write that made the metadata larger than it may be. */
export function refuseOversize({ metadata }: CallRow, { metadataMaxBytes }: MetadataLimits): void {
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes > metadataMaxBytes) refuseTooLarge(metadataMaxBytes, ['input', 'metadata']);
}

export function refuseTooLarge(maxBytes: number, path: string[]): never {
  refuse('LIMIT_EXCEEDED', `The metadata would come to more than ${maxBytes} bytes of JSON`, path);
}
