import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../db/connection/account.js';
import { eventLoop } from '../foundation/event-loop.js';
import { jsonTextInPieces } from '../foundation/json-pieces.js';
import { jsonText } from '../foundation/json-text.js';
import { HEADER, NOW } from '../graphql/consistency.js';
import { type AnonymousContext, type Context, endOperation } from '../graphql/context.js';
import { demandScope } from '../graphql/scope-checks.js';
import type { FormatError } from '../graphql-server/execution/executor.js';
import { rateLimited } from '../graphql-server/limits/limits-steps.js';
import type { RateLimiter } from '../graphql-server/limits/rate-limiter.js';
import { unauthenticated } from '../graphql-server/pipeline/sign-in-steps.js';
import { type Admission, shedBeforeBody } from '../http/admission.js';
import { parseBodies } from '../http/body.js';
import { releaseWhenSent } from '../http/graphql-endpoint.js';
import { inTurn } from '../http/in-turn.js';
import type { ContextOf } from '../http/request-context.js';
import type { Sender } from '../http/sender.js';
import { failure, failureOf } from './failures.js';
import { FORM, ignoreCaseOfMembers, parseForms } from './spellings.js';
import { validatorsFor } from './validators.js';
import type { Answer, Asked, SignedRoute, VendorApi, VendorRoute } from './vendor-api.js';

export interface ServedWith {
  contextOf: ContextOf;
  admission: Admission;
  rates: RateLimiter | null;
  /** By addresses: of requests that need no key, which sign in. */
  signIns: RateLimiter | null;
  formatError: FormatError;
}

/** In a scope of its own, so that other routes have none of its hooks, parsers and error answers. */
export function serve(scope: FastifyInstance, api: VendorApi, served: ServedWith): void {
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const cause = failureOf(served.formatError, error, request);
    if (cause.retryAfter !== null) reply.header('retry-after', cause.retryAfter);
    return send(reply, api.refused(cause), jsonText);
  };
  // Programs send the content type of JSON with requests that have no body, too.
  parseBodies(scope, served.admission.clients, { takesEmpty: true });
  if (api.ignoresCase) ignoreCaseOfMembers(scope);
  scope.setValidatorCompiler(validatorsFor(api));
  scope.setSerializerCompiler(() => jsonText);
  scope.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  if (api.prefix !== '') {
    scope.setNotFoundHandler((request, reply) => {
      const missing = failure('NOT_FOUND', `${request.method} of this path is not served`);
      return send(reply, api.refused(missing), jsonText);
    });
  }
  if (api.routes.some(({ consumes }) => consumes === FORM)) parseForms(scope);
  for (const route of api.routes) addRoute(scope, api, route, served);
  for (const url of new Set(api.routes.map((route) => route.url))) refuseOtherMethods(scope, api, url);
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Of a path that is served, with the methods that are. */
function refuseOtherMethods(scope: FastifyInstance, api: VendorApi, url: string): void {
  const served = api.routes.filter((route) => route.url === url).map(({ method }) => method as string);
  const allowed = METHODS.filter((each) => served.includes(each === 'HEAD' ? 'GET' : each));
  const allow = allowed.join(', ');
  scope.route({
    method: METHODS.filter((each) => !allowed.includes(each)),
    url,
    schema: { hide: true },
    // Before the body, which need not be one of the vendor's.
    async onRequest({ requestRecord }, reply) {
      const refused = failure('METHOD_NOT_ALLOWED', 'Method Not Allowed', { status: 405 });
      Object.assign(requestRecord, { outcome: 'refused', code: refused.code });
      reply.header('allow', allow);
      return reply.send(await send(reply, api.refused(refused), jsonText));
    },
    handler: () => {},
  });
}

function addRoute(scope: FastifyInstance, api: VendorApi, route: VendorRoute, served: ServedWith): void {
  const { name, method, url, summary, status = 200, answers, consumes, schema } = route;
  const response = { [status]: { description: answers } };
  const about = { operationId: name, summary, tags: [api.title], response };
  const isOpen = route.scope === null;
  scope.route({
    method,
    url,
    // The key is checked first.
    attachValidation: true,
    schema: {
      ...schema,
      ...about,
      ...(consumes && { consumes: [consumes] }),
      ...(isOpen && { security: [] }),
    },
    onRequest: shedBeforeBody(served.admission),
    handler: (request, reply) =>
      inTurn(served.admission, request, reply, async (sender) => {
        request.requestRecord.operation = name;
        request.requestRecord.type = method === 'GET' ? 'query' : 'mutation';
        if (route.scope !== null) return runSigned(route, served, sender, request, reply);
        const wait = served.signIns?.take(sender.address, 1) ?? 0;
        if (wait > 0) throw rateLimited(wait, 'This address');
        return send(reply, { status: 200, body: await route.run(askedOf(request)) }, jsonText);
      }),
  });
}

async function runSigned(
  route: SignedRoute,
  { contextOf, rates }: ServedWith,
  sender: Sender,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const { requestRecord } = request;
  let context: Context | AnonymousContext | undefined;
  try {
    context = await contextOf(sender, requestRecord);
    if (context.viewer === null) throw unauthenticated();
    const { viewer } = context;
    requestRecord.organization = viewer.organization.slug;
    requestRecord.key = viewer.keyId;
    demandScope(viewer, route.scope);
    const asked = askedOf(request);
    const points = route.points(asked.query);
    requestRecord.cost = points;
    const wait = rates?.take(viewer.keyId, points) ?? 0;
    if (wait > 0) throw rateLimited(wait);
    const { status = 200 } = route;
    const answer = { status, body: await route.run(context, asked) };
    const { consistency } = context;
    if (consistency !== undefined) {
      consistency.touch();
      reply.header(HEADER, NOW);
    }
    return await send(reply, answer, (body) =>
      textOf(body, points, viewer.account, request.method === 'GET'),
    );
  } finally {
    endOperation(context);
    if (context?.viewer) releaseWhenSent(context.viewer.account, reply.raw);
  }
}

function askedOf({ params, query, body, validationError }: FastifyRequest): Asked {
  if (validationError !== undefined) throw validationError;
  return { params, query, body };
}

const LARGE = 100;

async function textOf(body: unknown, points: number, account: Account, isRead: boolean): Promise<string> {
  const text =
    points > LARGE ? await jsonTextInPieces(body, () => eventLoop.pause(account.key)) : jsonText(body);
  const refusal = account.hold(text.length);
  // A write is done, and its answer is one call.
  if (isRead && refusal !== null) throw refusal;
  return text;
}

async function send(
  reply: FastifyReply,
  { status, body, headers = {} }: Answer,
  write: (body: unknown) => string | Promise<string>,
): Promise<string> {
  const isText = typeof body === 'string' || body === undefined;
  const text = isText ? (body ?? '') : await write(body);
  reply.code(status).headers(headers);
  if (text !== '') reply.type(isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8');
  return text;
}
