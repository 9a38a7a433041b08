import type { Sql } from 'postgres';

type Id = { id: string };
type Page = { first: number; after?: string };
type Filtered = Page & { contains: object };

/** The reads of the limit, each by one statement. */
export function limitReads(sql: Sql, organization: string) {
  const iso = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

  const behind = (after?: string) => (after === undefined ? sql`` : sql`and id < ${after}`);

  const voiceCall = sql`(
    select json_build_object('id', v.id, 'staffUid', staff_uid, 'clientUid', client_uid, 'status', v.status,
      'price', price::text, 'duration', v.duration, 'callSummary', call_summary)
    from voice_calls v where v.organization_id = c.organization_id and v.call_id = c.id)`;

  const commands = sql`(
    select coalesce(json_agg(case command
      when 'ANSWER' then json_build_object('id', m.id, 'command', command, 'status', m.status,
        'media', coalesce(options -> 'media', '[]'))
      when 'PAUSE' then json_build_object('id', m.id, 'command', command, 'status', m.status,
        'pauseSeconds', options -> 'pauseSeconds')
      when 'SAY' then json_build_object('id', m.id, 'command', command, 'status', m.status, 'text', options -> 'text',
        'locale', options -> 'locale', 'voice', options -> 'voice')
      when 'PLAYBACK' then json_build_object('id', m.id, 'command', command, 'status', m.status, 'media', options -> 'media',
        'loop', options -> 'loop')
      when 'GATHER' then json_build_object('id', m.id, 'command', command, 'status', m.status, 'input', options -> 'input',
        'maxNumKeys', options -> 'maxNumKeys', 'endKey', options -> 'endKey', 'timeout', options -> 'timeout')
      when 'BRIDGE' then json_build_object('id', m.id, 'command', command, 'status', m.status, 'to', options -> 'to',
        'from', options -> 'from', 'ringTimeout', options -> 'ringTimeout')
      when 'RECORD' then json_build_object('id', m.id, 'command', command, 'status', m.status, 'endKey', options -> 'endKey',
        'maxLength', options -> 'maxLength', 'beep', options -> 'beep')
      else json_build_object('id', m.id, 'command', command, 'status', m.status) end order by position), '[]')
    from call_flow_commands m where m.organization_id = f.organization_id and m.flow_id = f.id)`;

  const callFlow = sql`(
    select json_build_object('id', f.id, 'revision', f.revision, 'status', 'ACTIVE', 'commands', ${commands})
    from call_flows f
    where f.organization_id = c.organization_id and f.call_id = c.id and f.revision = c.flow_revision)`;

  return {
    'call-by-id': ({ id }: Id) => sql<{ answer: string }[]>`
      select json_build_object('data', json_build_object('call', json_build_object('id', id, 'direction', direction,
        'status', status, 'vendorStatus', vendor_status, 'type', type, 'from', from_address, 'to', to_address,
        'customerNumber', customer_number, 'channelId', channel_id, 'tags', tags, 'duration', duration,
        'ringingAt', ${iso('ringing_at')}, 'startedAt', ${iso('started_at')}, 'answeredAt', ${iso('answered_at')},
        'endedAt', ${iso('ended_at')}, 'createdAt', ${iso('created_at')}, 'updatedAt', ${iso('updated_at')},
        'revision', revision, 'metadata', metadata)))::text as answer
      from calls where organization_id = ${organization} and id = ${id}`,

    'nested-list': ({ first, after }: Page) => sql<{ answer: string }[]>`
      select json_build_object('data', json_build_object('calls', json_build_object('nodes',
        coalesce(json_agg(node), '[]'))))::text as answer
      from (
        select json_build_object('id', id, 'status', status, 'from', from_address, 'to', to_address, 'duration', duration,
          'createdAt', ${iso('created_at')}, 'voiceCall', ${voiceCall}, 'callFlow', ${callFlow}) as node
        from calls c where organization_id = ${organization} and joined_into is null ${behind(after)}
        order by id desc limit ${first}
      ) page`,

    // The matches are frequent: a walk from the newest call meets enough of them soon, whatever the value is.
    'metadata-filter': ({ first, after, contains }: Filtered) => sql<{ answer: string }[]>`
      select json_build_object('data', json_build_object('calls', json_build_object('nodes',
        coalesce(json_agg(json_build_object('id', id, 'status', status, 'from', from_address, 'to', to_address,
          'createdAt', ${iso('created_at')}, 'metadata', metadata)), '[]'))))::text as answer
      from (
        select * from (
          select id, status, from_address, to_address, created_at, metadata from calls
          where organization_id = ${organization} and joined_into is null ${behind(after)} order by id desc offset 0
        ) walk
        where metadata @> ${JSON.stringify(contains)}::text::jsonb limit ${first}
      ) page`,
  };
}
