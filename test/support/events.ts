import { sql } from 'drizzle-orm';
import { fromString, fromUUID, toUUID } from 'typeid-js';
import type { Database } from '../../src/db/database.js';
import { callEventCalls, callEvents, matchRules } from '../../src/db/tables/call-events.js';
import { newId } from '../../src/foundation/new-id.js';

export const uuidIn = (id: string): string => toUUID(fromString(id));

type EventValues = Partial<typeof callEvents.$inferInsert>;
type RuleValues = Partial<typeof matchRules.$inferInsert>;

/** The organization's uuid by any call of it. */
async function organizationOf({ db }: Database, call: string): Promise<string> {
  const [row] = await db.execute<{ id: string }>(
    sql`select organization_id as id from calls where id = ${uuidIn(call)}`,
  );
  if (row === undefined) throw new Error(`there is no call ${call}`);
  return row.id;
}

/**
 * Puts an event into the table, applied to the calls (by their ids); answers with its id. The organization is that of
 * the calls, unless it is given.
 */
export async function givenEvent(
  database: Database,
  calls: string[],
  values: EventValues = {},
): Promise<string> {
  const { id, createdAt } = newId();
  const organizationId = values.organizationId ?? (await organizationOf(database, calls[0] ?? ''));
  await database.db.insert(callEvents).values({
    organizationId,
    id,
    actor: 'test key',
    target: 'SESSION',
    eventTime: createdAt,
    arrival: sql`next_patch_arrival()` as unknown as string,
    metadata: {},
    match: calls.length > 0 ? 'MATCHED' : 'PENDING',
    createdAt,
    ...values,
  });
  if (calls.length > 0) {
    const rows = calls.map((call) => ({ organizationId, eventId: id, callId: uuidIn(call) }));
    await database.db.insert(callEventCalls).values(rows);
  }
  return fromUUID(id, 'call_event');
}

export async function givenApplied(database: Database, event: string, call: string): Promise<void> {
  const organizationId = await organizationOf(database, call);
  await database.db
    .insert(callEventCalls)
    .values({ organizationId, eventId: uuidIn(event), callId: uuidIn(call) });
}

/** Puts a match rule into the table; answers with its id. */
export async function givenRule(database: Database, call: string, values: RuleValues = {}): Promise<string> {
  const { id, createdAt } = newId();
  await database.db.insert(matchRules).values({
    organizationId: await organizationOf(database, call),
    id,
    name: 'by number',
    metadataPath: ['caller'],
    callField: 'FROM',
    windowMinutes: 60,
    createdAt,
    ...values,
  });
  return fromUUID(id, 'match_rule');
}

/** Marks a call as a duplicate of another; moves no data. */
export async function givenJoined({ db }: Database, duplicate: string, into: string): Promise<void> {
  await db.execute(sql`update calls set joined_into = ${uuidIn(into)} where id = ${uuidIn(duplicate)}`);
}
