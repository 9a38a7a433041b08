import type { Sql } from 'postgres';
import { newId } from '../../../src/foundation/new-id.js';
import { type Answer, writeParts } from './limit-parts.js';
import { limitVoiceCallWrites } from './limit-voice-calls.js';
import { ACTOR } from './shared/settings.js';

type Locator = { id: string };
type Merge = { call: Locator; metadata: object };
type Replacement = { call: Locator; commands: object[] };
type CallEvent = {
  input: { target: { sessionId?: string; call?: Locator }; eventTime: string; metadata: object };
};

/** The writes of the limit: each changes the call, raises its revision and appends its row of history in one statement. */
export function limitWrites(sql: Sql, organization: string) {
  const { bookkeeping, logColumns, metadataDifference } = writeParts(sql);

  const merge = ({ call, metadata }: Merge) => sql<Answer>`
    with target as materialized (
      select id, revision, metadata, metadata_at, metadata_arrival, updated_at, change_label, ${JSON.stringify(metadata)}::text::jsonb as patch
      from calls where organization_id = ${organization} and id = ${call.id} for no key update
    ), patched as materialized (
      select *, greatest(recorded, metadata_at) as at, next_patch_arrival(metadata_arrival) as arrived, merged <> metadata as changed
      from (select *, ${bookkeeping}, merge_patch(metadata, patch) as merged from target offset 0) t
    ), logged as (
      insert into call_changes (${logColumns})
      select ${organization}, label, seq, ${newId().id}, id, 'METADATA_MERGED', ${ACTOR},
        case when changed then revision + 1 end, patch, null, at, arrived, ${metadataDifference}, recorded
      from patched
    )
    update calls c set metadata = merged, metadata_at = at, metadata_arrival = arrived, change_label = label,
      revision = p.revision + changed::int, updated_at = case when changed then recorded else p.updated_at end
    from patched p where c.organization_id = ${organization} and c.id = p.id
    returning json_build_object('data', json_build_object('mergeCallMetadata', json_build_object(
      'call', json_build_object('id', c.id, 'revision', c.revision, 'metadata', c.metadata), 'errors', '[]'::json)))::text
      as answer`;

  function replaceCallFlow({ call, commands }: Replacement) {
    const flow = newId();
    const steps = commands.map((command) => {
      const [[name, options] = ['', {}]] = Object.entries(command);
      return { id: newId().id, command: name.toUpperCase(), options };
    });
    return sql<Answer>`
      with target as materialized (
        select id, revision, flow_revision, change_label from calls
        where organization_id = ${organization} and id = ${call.id} and status in ('RINGING', 'IN_PROGRESS') for no key update
      ), flow as (
        insert into call_flows (organization_id, id, call_id, revision, created_at)
        select ${organization}, ${flow.id}, id, flow_revision + 1, ${flow.createdAt} from target returning revision
      ), commands as (
        insert into call_flow_commands (organization_id, id, flow_id, position, command, status, conditions, options)
        select ${organization}, step.id, ${flow.id}, step.place - 1, step.command, 'ACCEPTED', '[]', step.options
        from target cross join rows from (
          jsonb_to_recordset(${JSON.stringify(steps)}::text::jsonb) as (id uuid, command text, options jsonb)
        ) with ordinality step (id, command, options, place)
        returning id, command, status, position
      ), noted as materialized (
        select *, ${bookkeeping} from target
      ), logged as (
        insert into call_changes (${logColumns})
        select ${organization}, label, seq, ${newId().id}, id, 'CALL_FLOW_REPLACED', ${ACTOR}, revision + 1, null, null,
          recorded, null,
          jsonb_build_object('callFlow', case when flow_revision > 0 then jsonb_build_object('revision', flow_revision) end),
          jsonb_build_object('callFlow', jsonb_build_object('revision', flow_revision + 1)), recorded
        from noted
      )
      update calls c set flow_revision = n.flow_revision + 1, revision = n.revision + 1, change_label = label,
        updated_at = recorded
      from noted n where c.organization_id = ${organization} and c.id = n.id
      returning json_build_object('data', json_build_object('replaceCallFlow', json_build_object(
        'callFlow', json_build_object('id', ${flow.id}::uuid, 'revision', c.flow_revision, 'status', 'ACTIVE', 'commands',
          (select json_agg(json_build_object('id', id, 'command', command, 'status', status) order by position) from commands)),
        'errors', '[]'::json)))::text as answer`;
  }

  function recordCallEvent({ input: { target, eventTime, metadata } }: CallEvent) {
    const event = newId();
    const session = target.sessionId ?? null;
    const named = target.call
      ? sql`${target.call.id}`
      : sql`(select call_id from call_references where organization_id = ${organization} and system = 'CREOVAI'
          and name = 'sessionId' and value = ${session})`;
    return sql<Answer>`
      with target as materialized (
        select id, revision, metadata, metadata_at, metadata_arrival, updated_at, change_label
        from calls where organization_id = ${organization} and id = ${named} for no key update
      ), event as (
        insert into call_events (organization_id, id, actor, target, session_id, reference_system, reference_name,
          reference_value, event_time, arrival, metadata, match, created_at)
        select ${organization}, ${event.id}, ${ACTOR}, ${session === null ? 'CALL' : 'SESSION'}, ${session},
          ${session === null ? null : 'CREOVAI'}, ${session === null ? null : 'sessionId'}, ${session}, ${eventTime},
          next_patch_arrival(), ${JSON.stringify(metadata)}::text::jsonb, 'MATCHED', ${event.createdAt}
        from target returning id as event_id, event_time as at, arrival as arrived, metadata as patch, match
      ), applied as (
        insert into call_event_calls (organization_id, event_id, call_id)
        select ${organization}, event_id, id from event, target
      ), patched as materialized (
        select *, merged <> metadata as changed from (
          select target.*, event.*, ${bookkeeping}, is_newest, case when is_newest then merge_patch(metadata, patch)
            else late_patch(${organization}, id, metadata, patch, at, arrived) end as merged
          from target cross join event
          cross join lateral (select ((at, arrived) > (metadata_at, metadata_arrival)) is not false as is_newest) place
          offset 0
        ) t
      ), logged as (
        insert into call_changes (${logColumns})
        select ${organization}, label, seq, ${newId().id}, id, 'EVENT_APPLIED', ${ACTOR},
          case when changed then revision + 1 end, patch, event_id, at, arrived, ${metadataDifference}, recorded
        from patched
      )
      update calls c set metadata = merged, change_label = label, revision = p.revision + changed::int,
        metadata_at = case when is_newest then at else p.metadata_at end,
        metadata_arrival = case when is_newest then arrived else p.metadata_arrival end,
        updated_at = case when changed then recorded else p.updated_at end
      from patched p where c.organization_id = ${organization} and c.id = p.id
      returning json_build_object('data', json_build_object('recordCallEvent', json_build_object(
        'event', json_build_object('id', p.event_id, 'match', p.match), 'errors', '[]'::json)))::text as answer`;
  }

  return {
    merge,
    'replace-call-flow': replaceCallFlow,
    'record-call-event': recordCallEvent,
    ...limitVoiceCallWrites(sql, organization),
  };
}
