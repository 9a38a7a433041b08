import { drizzle } from 'drizzle-orm/postgres-js';
import { callQueries } from '../../src/calls/call.queries.js';
import { callEventQueries } from '../../src/events/call-event.queries.js';
import { voiceCallQueries } from '../../src/voice-calls/voice-call.queries.js';
import type { Lifetime } from '../support/lifetime.js';
import { connect } from '../support/postgres.js';

/** The gateway's own reads. */
export interface Queries {
  calls: ReturnType<typeof callQueries>;
  voiceCalls: ReturnType<typeof voiceCallQueries>;
  callEvents: ReturnType<typeof callEventQueries>;
}

export interface Plan {
  statement: string;
  /** As EXPLAIN (ANALYZE) prints it. */
  text: string;
  milliseconds: number;
}

/** Explains what the gateway sends: takes the statements from its own queries, and their plans from the database. */
export function planReader(lifetime: Lifetime, url: string) {
  const seen: { query: string; params: unknown[] }[] = [];
  const client = connect(lifetime, url, 1);
  const logQuery = (query: string, params: unknown[]) => seen.push({ query, params });
  const db = drizzle(client, { casing: 'snake_case', logger: { logQuery } });
  const queries: Queries = {
    calls: callQueries(db),
    voiceCalls: voiceCallQueries(db),
    callEvents: callEventQueries(db),
  };
  return {
    async plansOf(send: (queries: Queries) => Promise<unknown>): Promise<Plan[]> {
      seen.length = 0;
      await send(queries);
      const plans: Plan[] = [];
      // Where it asks beforehand which way Postgres would go, that is not run.
      for (const { query, params } of seen.filter((each) => !each.query.startsWith('explain'))) {
        // The driver's own type for parameters knows nothing of what Drizzle has made of them.
        const lines = await client.unsafe(
          `explain (analyze, buffers off) ${query}`,
          params as Parameters<typeof client.unsafe>[1],
        );
        const text = lines.map((line) => String(line['QUERY PLAN'])).join('\n');
        const [, milliseconds] = /Execution Time: ([\d.]+) ms/.exec(text) ?? [];
        plans.push({ statement: query, text, milliseconds: Number(milliseconds) });
      }
      return plans;
    },
  };
}
