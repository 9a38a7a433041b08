import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { DatabaseHealth } from '../db/connection/health.js';
import type { Replicas } from '../db/replicas/replicas.js';
import { VERSION } from '../foundation/version.js';
import type { Metrics } from '../observability/metrics.js';
import { HttpRefusal } from './http-refusal.js';

export interface Operations {
  metrics: Metrics;
  metricsToken: string | undefined;
  /** Of each database, in the order of their numbers. */
  health: readonly (() => Promise<DatabaseHealth>)[];
  /** Where they fail, the primary does their part. */
  replicas: Pick<Replicas, 'figures'> | null;
  isDraining(): boolean;
}

/** Seconds. Held back longer, subscriptions are practically dead. */
const LOG_HELD_AT_MOST = 60;

export function healthEndpoints(app: FastifyInstance, operations: Operations): void {
  const { metrics, metricsToken, health, replicas, isDraining } = operations;
  app.get('/health/live', async () => ({ status: 'ok', version: VERSION }));
  app.get('/health/ready', async (_request, reply) => {
    const all = await Promise.all(health.map((check) => check()));
    const { database, migrations, logHeldFor } = all[0] as DatabaseHealth;
    const log = logHeldFor < LOG_HELD_AT_MOST ? 'ok' : 'behind';
    const states = replicas?.figures.map(({ state }) => state);
    // One that is away is no reason to keep the organizations of the others from this gateway.
    const shards = all.length > 1 ? all.map(shardState) : undefined;
    const checks = { database, migrations, log, replicas: states, shards, draining: isDraining() };
    const isReady = database === 'ok' && migrations === 'ok' && log === 'ok' && !checks.draining;
    reply.header('cache-control', 'no-store').code(isReady ? 200 : 503);
    return { status: isReady ? 'ready' : 'not ready', version: VERSION, checks };
  });
  app.get('/metrics', async ({ headers }, reply) => {
    if (metricsToken !== undefined && !isSame(headers.authorization, `Bearer ${metricsToken}`)) {
      throw new HttpRefusal(401, 'UNAUTHENTICATED', 'The metrics require their own token: METRICS_TOKEN');
    }
    const { type, text } = await metrics.scrape(headers.accept);
    reply.header('content-type', type);
    return text;
  });
}

function shardState({ database, migrations, logHeldFor }: DatabaseHealth): string {
  if (database !== 'ok') return database;
  return migrations === 'ok' && logHeldFor < LOG_HELD_AT_MOST ? 'ok' : 'behind';
}

/** In constant time, so that the token cannot be guessed character by character. */
function isSame(actual: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(actual ?? ''), digest(expected));
}
