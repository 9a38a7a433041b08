import { type SQL, sql } from 'drizzle-orm';
import {
  objectText,
  othersIn,
  type ShownRows,
  type Stored,
  storedIn,
  textColumns,
} from '../db/lists/row-text.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import type { LeafField, ListField, ObjectField } from '../db/loading/row-shape.js';
import { callFlowCommands, callFlows, FLOW_COLUMNS, type StoredCommand } from '../db/tables/call-flows.js';
import { calls } from '../db/tables/calls.js';
import type { CallFlowStatus } from './call-flow.enums.js';
import { WITHOUT_OPTIONS } from './command-defaults.values.js';

export type FlowCommandRow = Omit<StoredCommand, 'organizationId' | 'flowId' | 'position'>;

const status = sql<CallFlowStatus>`case when ${calls.flowRevision} = ${callFlows.revision} then 'ACTIVE' else 'SUPERSEDED' end`;
export const FLOW = { ...FLOW_COLUMNS, status };

const ofFlow = sql`c.organization_id = ${callFlows.organizationId} and c.flow_id = ${callFlows.id}`;

const commands = sql<FlowCommandRow[] | undefined>`(
  select coalesce(json_agg(json_build_object('id', c.id, 'command', c.command, 'status', c.status,
    'vendorId', c.vendor_id, 'conditions', c.conditions, 'options', c.options) order by c.position), '[]')
  from ${callFlowCommands} c
  where ${ofFlow})`;

const COLUMNS = { ...FLOW, commands };
export interface FlowColumns {
  name: string;
  columns: typeof COLUMNS;
}

const ROWS: ShownRows = {
  stored: ({ name }) =>
    name === 'status'
      ? { value: status, type: 'text', notNull: true }
      : name in FLOW_COLUMNS
        ? storedIn(FLOW_COLUMNS[name as keyof typeof FLOW_COLUMNS])
        : null,
  list: ({ name, items }) => (name === 'commands' ? commandsText(items) : null),
};
const { id, callId } = FLOW;
const textsOf = textColumns(ROWS, (shape, texts): FlowColumns => {
  const columns = { id, callId, ...othersIn(shape, COLUMNS), ...texts.columns };
  return { ...texts, columns: columns as object as typeof COLUMNS };
});
const ALL_COLUMNS: FlowColumns = { name: 'all', columns: COLUMNS };

/** The active one of the call in a statement's `calls`. */
export function activeFlowText({ fields }: ObjectField): SQL | null {
  const text = objectText(fields, ROWS);
  return (
    text &&
    sql`(select ${text} from ${callFlows}
      where ${callFlows.organizationId} = ${calls.organizationId} and ${callFlows.callId} = ${calls.id}
        and ${callFlows.revision} = ${calls.flowRevision})`
  );
}

export const flowColumns = (requestedFields: RequestedFields): FlowColumns =>
  textsOf(requestedFields?.shapes?.get('CallFlow')) ?? ALL_COLUMNS;

const COLUMN_OF: Record<string, Stored> = {
  id: { value: sql`c.id`, type: 'uuid', notNull: true },
  command: { value: sql`c.command`, type: 'text', notNull: true },
  status: { value: sql`c.status`, type: 'text', notNull: true },
  vendorId: { value: sql`c.vendor_id`, type: 'text', notNull: false },
};

/** Another kind of command than these is wrong. */
function commandsText(items: ListField['items']): SQL | null {
  const cases: SQL[] = [];
  for (const [command, fields] of Object.entries(items)) {
    const text = objectText(fields, { stored: (field) => COLUMN_OF[field.name] ?? optionOf(command, field) });
    if (text === null) return null;
    cases.push(sql`when ${sql.raw(`'${command}'`)} then ${text}`);
  }
  const text = sql`case c.command ${sql.join(cases, sql` `)} else chr(3) end`;
  return sql`(select string_agg(${text}, ',' order by c.position) from ${callFlowCommands} c where ${ofFlow})`;
}

function optionOf(command: string, { name }: LeafField): Stored {
  const given = { ...WITHOUT_OPTIONS[command as keyof typeof WITHOUT_OPTIONS] } as Record<string, unknown>;
  const ifNull = name in given ? JSON.stringify(given[name]) : undefined;
  return { value: sql`(c.options -> ${sql.raw(`'${name}'`)})`, type: 'member', notNull: false, ifNull };
}
