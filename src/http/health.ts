import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { DatabaseHealth } from '../db/health.js';
import { HttpRefusal } from './http-refusal.js';
import type { Metrics } from './metrics.js';

export interface Operations {
  metrics: Metrics;
  metricsToken: string | undefined;
  databaseHealth(): Promise<DatabaseHealth>;
  isDraining(): boolean;
}

/**
 * What tells an orchestrator how the gateway is: `/health/live` while the process answers at all, `/health/ready` whether
 * to send it requests, with what is not ready, and `/metrics`.
 */
export function healthEndpoints(app: FastifyInstance, operations: Operations): void {
  const { metrics, metricsToken, databaseHealth, isDraining } = operations;
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (_request, reply) => {
    const checks = { ...(await databaseHealth()), draining: isDraining() };
    const isReady = checks.database === 'ok' && checks.migrations === 'ok' && !checks.draining;
    reply.header('cache-control', 'no-store').code(isReady ? 200 : 503);
    return { status: isReady ? 'ready' : 'not ready', checks };
  });
  app.get('/metrics', async ({ headers }, reply) => {
    if (metricsToken !== undefined && !isSame(headers.authorization, `Bearer ${metricsToken}`)) {
      throw new HttpRefusal(401, 'UNAUTHENTICATED', 'The metrics ask for their own token: METRICS_TOKEN');
    }
    reply.header('content-type', metrics.contentType);
    return metrics.text();
  });
}

/** Takes as long whatever is given, so that it cannot be guessed letter by letter. */
function isSame(given: string | undefined, due: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(due));
}
