import DataLoader from 'dataloader';
import { and, asc, eq, inArray } from 'drizzle-orm';
import { db } from './db.js';
import { ORGANIZATION_ID } from './settings.js';
import {
  type CommandRow,
  callFlowCommands,
  callFlows,
  calls,
  type VoiceCallRow,
  voiceCalls,
} from './tables.js';

/** A command as clients read it: its options are members like the rest. */
const withOptions = ({ options, ...command }: CommandRow) => ({
  ...(command.command === 'ANSWER' ? { media: [] } : {}),
  ...options,
  ...command,
});

/** One set for each request: every loader asks once for all keys of a level. */
export function createLoaders() {
  return {
    callById: new DataLoader(async (ids: readonly string[]) => {
      const rows = await db
        .select()
        .from(calls)
        .where(and(eq(calls.organizationId, ORGANIZATION_ID), inArray(calls.id, [...ids])));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),

    voiceCallByCallId: new DataLoader(async (ids: readonly string[]) => {
      const rows = await db
        .select()
        .from(voiceCalls)
        .where(and(eq(voiceCalls.organizationId, ORGANIZATION_ID), inArray(voiceCalls.callId, [...ids])));
      const byCall = new Map<string, VoiceCallRow>(rows.map((row) => [row.callId, row]));
      return ids.map((id) => byCall.get(id) ?? null);
    }),

    callFlowByCallId: new DataLoader(async (ids: readonly string[]) => {
      const rows = await db
        .select({ flow: callFlows })
        .from(callFlows)
        .innerJoin(
          calls,
          and(
            eq(calls.organizationId, callFlows.organizationId),
            eq(calls.id, callFlows.callId),
            eq(calls.flowRevision, callFlows.revision),
          ),
        )
        .where(and(eq(callFlows.organizationId, ORGANIZATION_ID), inArray(callFlows.callId, [...ids])));
      const byCall = new Map(rows.map(({ flow }) => [flow.callId, { ...flow, status: 'ACTIVE' }]));
      return ids.map((id) => byCall.get(id) ?? null);
    }),

    commandsByFlowId: new DataLoader(async (ids: readonly string[]) => {
      const rows = await db
        .select()
        .from(callFlowCommands)
        .where(
          and(
            eq(callFlowCommands.organizationId, ORGANIZATION_ID),
            inArray(callFlowCommands.flowId, [...ids]),
          ),
        )
        .orderBy(asc(callFlowCommands.position));
      const byFlow = new Map<string, ReturnType<typeof withOptions>[]>(ids.map((id) => [id, []]));
      for (const row of rows) byFlow.get(row.flowId)?.push(withOptions(row));
      return ids.map((id) => byFlow.get(id) ?? []);
    }),
  };
}

export interface Context {
  loaders: ReturnType<typeof createLoaders>;
}
