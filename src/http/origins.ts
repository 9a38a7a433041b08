import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { RATE_HEADERS } from '../graphql-server/limits/rate-headers.js';

const PREFLIGHT_HOLDS = 600;

export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'x-request-id', ...RATE_HEADERS],
    maxAge: PREFLIGHT_HOLDS,
  });
}

/** Browsers send no preflight for a WebSocket, but an Origin header; programs send none. */
export function isOwnOrAllowed(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
