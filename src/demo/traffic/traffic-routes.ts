import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { isObject } from '../../foundation/json-object.js';
import { withTimeout } from '../../foundation/with-timeout.js';
import { endOperation } from '../../graphql/context.js';
import { demandScope } from '../../graphql/scope-checks.js';
import { unauthenticated } from '../../graphql-server/pipeline/sign-in-steps.js';
import { type Admission, shedBeforeBody } from '../../http/admission.js';
import { HttpRefusal } from '../../http/http-refusal.js';
import { inTurn } from '../../http/in-turn.js';
import type { ContextOf } from '../../http/request-context.js';
import type { Scope } from '../../identity/identity.enums.js';
import type { Viewer } from '../../identity/viewer.js';
import { isDemo } from '../demo-organization.js';
import { simulatedBurki } from './simulated-burki.js';
import { Traffic } from './traffic.js';
import { type OptionName, trafficOptions, WrongOption } from './traffic-options.js';
import { burkiUrlAt } from './vendor-accounts.js';

const PATH = '/demo/traffic';
/** Milliseconds. */
const MOST_AT_END = 2_000;
/** A browser waits no longer for a run that it stops. */
const MOST_AT_STOP = 500;
const NAMES: readonly OptionName[] = ['live', 'seed', 'calls', 'day', 'perSecond', 'speed'];
const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SERVICE_UNAVAILABLE: 503,
};

interface Served {
  contextOf: ContextOf;
  admission: Admission;
}

/** Simulated calls on request of a browser: `POST`, `GET` and `DELETE /demo/traffic`. One run at a time. */
export class DemoTraffic {
  readonly #config: Partial<Config>;
  readonly #databases: readonly Database[];
  readonly #log: Logger;
  #last: { traffic: Traffic; organization: string } | null = null;
  #isClosing = false;
  #port: number | undefined;

  /** @param databases in the order of their numbers */
  constructor(config: Partial<Config>, databases: readonly Database[], log: Logger) {
    this.#config = config;
    this.#databases = databases;
    this.#log = log;
  }

  /** The vendor that this process simulates. */
  isOwnVendor = (baseUrl: string): boolean => this.#hasVendor && baseUrl === this.#burkiUrl();

  routes = (app: FastifyInstance, served: Served): void => {
    app.server.once('listening', () => {
      const address = app.server.address();
      if (typeof address === 'object' && address !== null) this.#port = address.port;
    });
    if (this.#hasVendor) simulatedBurki(app);
    const route = (method: 'GET' | 'POST' | 'DELETE', scope: Scope, run: Run) =>
      app.route({
        ...{ method, url: PATH, exposeHeadRoute: false },
        onRequest: shedBeforeBody(served.admission),
        handler: (request, reply) => answer(request, reply, served, scope, run),
      });
    route('GET', 'CALLS_READ', async (viewer) => this.#shown(viewer));
    route('POST', 'ADMIN', async (viewer, body, reply) => {
      const options = optionsOf(body);
      if (this.#isBusy)
        throw new HttpRefusal(
          409,
          'ALREADY_EXISTS',
          `Simulated calls are being written: DELETE ${PATH} stops them`,
        );
      const burkiUrl = this.#hasVendor ? this.#burkiUrl() : null;
      const { shard = 0, ...organization } = viewer.organization;
      const where = {
        config: this.#config,
        database: this.#databases[shard] as Database,
        organization,
        burkiUrl,
      };
      const traffic = new Traffic(where, options);
      this.#last = { traffic, organization: viewer.organization.id };
      // A run that the shutdown has cut off ends without its database.
      traffic.ended.catch(
        (error) => this.#isClosing || this.#log.warn({ err: error }, 'simulated calls: failed'),
      );
      reply.code(202);
      return this.#shown(viewer);
    });
    route('DELETE', 'ADMIN', async (viewer) => {
      const { traffic, organization } = this.#last ?? {};
      if (organization === viewer.organization.id)
        await withTimeout(MOST_AT_STOP, async () => traffic?.stop()).catch(() => {});
      return this.#shown(viewer);
    });
  };

  get #isBusy(): boolean {
    return ['RUNNING', 'STOPPING'].includes(this.#last?.traffic.state ?? '');
  }

  /** An external database may be that of a gateway which many reach, and needs no simulated vendor. */
  get #hasVendor(): boolean {
    return this.#config.databaseUrl === undefined;
  }

  #burkiUrl = (): string => burkiUrlAt(this.#port ?? this.#config.port);

  /** The shutdown does not wait for long: each write is whole, or is not there. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { traffic } = this.#last ?? {};
    if (traffic !== undefined) await withTimeout(MOST_AT_END, () => traffic.stop()).catch(() => {});
  }

  #shown({ organization }: Viewer): Shown {
    if (this.#last?.organization !== organization.id) return { state: 'NONE' };
    const { options, startedAt, calls, writes, refused, state, problem } = this.#last.traffic;
    const { day, ...others } = options;
    return {
      state,
      live: day === null,
      day,
      ...others,
      startedAt,
      written: { calls, writes, refused },
      problem,
    };
  }
}

type Shown = { state: string } & Record<string, unknown>;
type Run = (viewer: Viewer, body: unknown, reply: FastifyReply) => Promise<Shown>;

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { contextOf, admission }: Served,
  scope: Scope,
  run: Run,
): Promise<string> {
  const { requestRecord } = request;
  return inTurn(admission, request, reply, async (sender) => {
    const context = await contextOf(sender, requestRecord).catch((error) => {
      throw refusalOf(error, reply);
    });
    const { viewer } = context;
    try {
      if (viewer === null) throw unauthenticated();
      requestRecord.organization = viewer.organization.slug;
      requestRecord.key = viewer.keyId;
      demandScope(viewer, scope);
      if (!isDemo(viewer.organization.id)) {
        throw new HttpRefusal(
          403,
          'FORBIDDEN',
          `Simulated calls are only for organizations of the demo, and ${viewer.organization.slug} is none`,
        );
      }
      reply.type('application/json; charset=utf-8');
      return JSON.stringify(await run(viewer, request.body, reply));
    } catch (error) {
      throw refusalOf(error, reply);
    } finally {
      endOperation(context);
      viewer?.account.release();
    }
  });
}

/** @throws HttpRefusal */
function optionsOf(body: unknown) {
  const given = body ?? {};
  if (!isObject(given)) throw new HttpRefusal(400, 'BAD_USER_INPUT', 'The body must be a JSON object');
  const unknown = Object.keys(given).find((name) => !NAMES.some((each) => each === name));
  if (unknown !== undefined)
    throw new HttpRefusal(400, 'BAD_USER_INPUT', `${unknown.slice(0, 60)}: there are ${NAMES.join(', ')}`);
  try {
    return trafficOptions(given);
  } catch (error) {
    throw error instanceof WrongOption
      ? new HttpRefusal(400, 'BAD_USER_INPUT', `${error.option}: ${error.message}`)
      : error;
  }
}

function refusalOf(error: unknown, reply: FastifyReply): unknown {
  if (!(error instanceof GraphQLError)) return error;
  const code = String(error.extensions.code);
  const status = STATUS[code];
  if (status === undefined) return error;
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="switchboard"');
  return new HttpRefusal(status, code, error.message);
}
