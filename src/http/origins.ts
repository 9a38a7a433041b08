import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Seconds for which a browser need not ask again whether it may ask. */
const PREFLIGHT_HOLDS = 600;

/** Lets pages of these origins read the answers, event streams too; without any, nothing is said of origins. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: PREFLIGHT_HOLDS,
  });
}

/**
 * Whether a WebSocket may be opened: browsers ask no leave for them, but say whose page it is. Programs say nothing, and a
 * page of the gateway's own comes from the host that it asks.
 */
export function isOwnOrAllowed(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
