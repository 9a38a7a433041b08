import type { IncomingHttpHeaders } from 'node:http';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { HEADER as CONSISTENCY_TOKEN } from '../graphql/consistency.js';
import { RATE_HEADERS } from '../graphql-server/limits/rate-headers.js';
import { HttpRefusal } from './http-refusal.js';

const PREFLIGHT_HOLDS = 600;
const SANDBOX = 'https://studio.apollographql.com';
/** Browsers look names below localhost up on their own machine. */
const LOOPBACK = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d+){3}|\[?::1\]?)$/i;
/** Different ones that are logged. */
const MOST_LOGGED = 1_000;

/**
 * Which other origins' pages may ask. There are no cookies: a page can do nothing but with a key that somebody gave it, so
 * the pages of this machine may ask a gateway that only this machine can reach.
 */
export class Origins {
  readonly #own: string | undefined;
  readonly #listed: ReadonlySet<string>;
  readonly #withLoopback: boolean;
  readonly #log: Logger;
  readonly #refused = new Set<string>();

  constructor(
    { corsOrigins, host, publicUrl }: Pick<Config, 'corsOrigins' | 'host' | 'publicUrl'>,
    log: Logger,
  ) {
    this.#own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
    this.#withLoopback =
      corsOrigins === undefined &&
      LOOPBACK.test(host) &&
      (this.#own === undefined || LOOPBACK.test(hostnameOf(this.#own)));
    this.#listed = new Set(corsOrigins ?? (this.#withLoopback ? [SANDBOX] : []));
    this.#log = log;
  }

  get areNone(): boolean {
    return this.#listed.size === 0;
  }

  allow(origin: string): boolean {
    return this.#listed.has(origin) || (this.#withLoopback && LOOPBACK.test(hostnameOf(origin)));
  }

  /** Null for the gateway's own pages, for those that are allowed, and for programs, which send no Origin header. */
  refusalOf({ origin, host }: IncomingHttpHeaders): string | null {
    if (origin === undefined || this.allow(origin) || origin === this.#own || isOf(host, origin)) return null;
    const shown = shortened(origin);
    if (!this.#refused.has(origin) && this.#refused.size < MOST_LOGGED) {
      this.#refused.add(origin);
      this.#log.warn({ origin: shown }, 'pages of this origin may not ask: CORS_ORIGINS does not have it');
    }
    return hostnameOf(origin) === ''
      ? 'Pages without an origin, such as files, may not ask this gateway: CORS_ORIGINS cannot allow them'
      : `Pages of ${shown} may not ask this gateway: add the origin to CORS_ORIGINS`;
  }
}

/** The whole message has to fit into the reason of a WebSocket's close frame: 123 bytes. */
const MOST_SHOWN = 50;

const hostnameOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).hostname : '');

const shortened = (origin: string) => {
  const text = origin.replaceAll(/[^!-~]/g, '?');
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
};

const isOf = (host: string | undefined, origin: string) =>
  URL.canParse(origin) && new URL(origin).host === host;

/** An answer to another origin's page only lacks the headers that let it be read; what a preflight asks for is refused. */
export function checkOrigins(app: FastifyInstance, origins: Origins): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { headers, method } = request;
    const refusal = headers.origin === undefined ? null : origins.refusalOf(headers);
    if (method !== 'OPTIONS') return done();
    if (refusal !== null) return done(new HttpRefusal(403, 'FORBIDDEN', refusal));
    if (headers.origin !== undefined && headers['access-control-request-method'] !== undefined) return done();
    reply.callNotFound();
  });
  if (origins.areNone) return;
  void app.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.allow(origin)),
    methods: ['GET', 'POST', 'DELETE'],
    exposedHeaders: ['retry-after', 'x-request-id', CONSISTENCY_TOKEN, ...RATE_HEADERS],
    maxAge: PREFLIGHT_HOLDS,
  });
}
