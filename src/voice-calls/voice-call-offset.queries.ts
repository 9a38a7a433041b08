import { and, asc, desc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { VoiceCallSlice } from './voice-call-slice.values.js';

const COMPARISONS = { eq, gt, gte, lt, lte };

export function voiceCallOffsetQueries(db: Db) {
  return {
    slice: (organizationId: string, { conditions, orders, skip, limit }: VoiceCallSlice) =>
      db
        .select()
        .from(voiceCalls)
        .where(
          and(
            eq(voiceCalls.organizationId, organizationId),
            ...conditions.map(
              ({ field, comparison, value }): SQL => COMPARISONS[comparison](voiceCalls[field], value),
            ),
          ),
        )
        .orderBy(
          ...orders.map(({ field, direction }) => {
            const column = voiceCalls[field];
            if (direction === 'ASC') return asc(column);
            // An index serves plain "desc" alone.
            return column.notNull ? desc(column) : sql`${column} desc nulls last`;
          }),
          // Equal values go by id, so that no page repeats what another has shown.
          orders.at(-1)?.direction === 'ASC' ? asc(voiceCalls.id) : desc(voiceCalls.id),
        )
        .limit(limit)
        .offset(skip),
  };
}
