import { getTableColumns } from 'drizzle-orm';
import type { ShownCall } from '../db/tables/call-columns.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { timeOfId } from '../foundation/new-id.js';

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

/** For what was read just before its call was erased: the schema promises a call. */
export async function emptyIfErased(
  loaded: Promise<ShownCall | null>,
  organizationId: string,
  id: string,
): Promise<ShownCall> {
  return (await loaded) ?? emptyCall(organizationId, { id, createdAt: timeOfId(id) });
}
