import { getTableColumns } from 'drizzle-orm';
import { type CallRow, calls } from '../db/tables/calls.js';

export function emptyCall(
  organizationId: string,
  { id, createdAt }: { id: string; createdAt: Date },
  revision = 0,
): CallRow {
  const nothing = Object.fromEntries(Object.keys(getTableColumns(calls)).map((field) => [field, null]));
  return {
    ...(nothing as unknown as CallRow),
    organizationId,
    id,
    createdAt,
    updatedAt: createdAt,
    direction: 'UNKNOWN',
    status: 'UNKNOWN',
    tags: [],
    metadata: {},
    flowRevision: 0,
    revision,
    changeLabel: '0',
  };
}
