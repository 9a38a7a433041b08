import type { TransactionSql as Sql } from 'postgres';
import { hasFlow } from './load-calls.js';

/** Two flows of five commands: one for when nobody is there, one that asks and connects. Options as they are stored. */
const FLOWS = [
  [
    ['RINGING', {}],
    ['PAUSE', { pauseSeconds: 2 }],
    ['ANSWER', {}],
    ['SAY', { text: 'Nobody is here at the moment. Please call later.', locale: 'en-GB', voice: 'male' }],
    ['HANGUP', {}],
  ],
  [
    ['ANSWER', { media: ['https://example.com/hello.wav'] }],
    ['GATHER', { input: 'dtmf', maxNumKeys: 1, endKey: '#', timeout: 5 }],
    ['PLAYBACK', { media: ['https://example.com/wait.wav'], loop: 2 }],
    ['BRIDGE', { to: '+14155551234', from: '+16505551234', ringTimeout: 20 }],
    ['RECORD', { endKey: '#', maxLength: 120, beep: true }],
  ],
] as const;

const commands = FLOWS.flatMap((flow, kind) =>
  flow.map(([command, options], position) => ({ kind, position, command, options })),
);

export const loadFlows = (sql: Sql) => sql`
  insert into call_flows (organization_id, id, call_id, revision, created_at)
  select organization_id, load.id(hash, ms, 4), id, 1, load.instant(ms)
  from chunk where whole and ${hasFlow(sql)}`;

export const loadCommands = (sql: Sql) => sql`
  insert into call_flow_commands (organization_id, id, flow_id, position, command, status, conditions, options)
  select organization_id, load.id(hash, ms, 5 + c.position), load.id(hash, ms, 4), c.position, c.command, 'ACCEPTED', '[]',
    c.options
  from chunk
  join jsonb_to_recordset(${JSON.stringify(commands)}::text::jsonb) c (kind int, position int, command text, options jsonb)
    on c.kind = r[4] % ${FLOWS.length}::int
  where whole and ${hasFlow(sql)}
  order by n, c.position`;
