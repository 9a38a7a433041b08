import { getTableColumns } from 'drizzle-orm';
import type { Asked } from '../db/loader-set.js';
import { calls } from '../db/tables/calls.js';

type Field = keyof typeof calls.$inferSelect;

/** What is read of a call only where one of it is asked for; the rest of the row always is. */
const GROUPS = [
  ['metadata'],
  [
    'scheduledFor',
    'ringingAt',
    'startedAt',
    'answeredAt',
    'endedAt',
    'vendorCreatedAt',
    'vendorUpdatedAt',
    'metadataAt',
  ],
  [
    'originator',
    'receiver',
    'workspaceId',
    'channelId',
    'assistant',
    'notificationUrl',
    'sipType',
    'reason',
    'hangup',
    'cost',
    'answeringMachineDetection',
    'quality',
    'sip',
    'givenCustomerNumber',
    'parentSystem',
    'parentName',
    'parentValue',
    'metadataArrival',
    'flowRevision',
    'changeLabel',
  ],
] as const satisfies readonly (readonly Field[])[];

/** Some of a call's columns, and a name for which they are: there are few such sets, so that each can be prepared. */
export interface CallColumns {
  name: string;
  columns: ReturnType<typeof getTableColumns<typeof calls>>;
}

const SETS = Array.from({ length: 2 ** GROUPS.length }, (_, set): CallColumns => {
  const left = new Set<string>(GROUPS.filter((_group, index) => ((set >> index) & 1) === 0).flat());
  const columns = Object.entries(getTableColumns(calls)).filter(([field]) => !left.has(field));
  // Whoever asks for what was left out has not said so: the fields that are asked for decide.
  return { name: `${set}`, columns: Object.fromEntries(columns) as CallColumns['columns'] };
});

/** The columns that fields of these names show; all, where it is not known what will be asked for. */
export function callColumns(asked: Asked): CallColumns {
  const set = GROUPS.reduce(
    (sum, group, index) => sum + (asked === null || group.some((field) => asked.has(field)) ? 2 ** index : 0),
    0,
  );
  return SETS[set] as CallColumns;
}

export const ALL_COLUMNS = callColumns(null);
