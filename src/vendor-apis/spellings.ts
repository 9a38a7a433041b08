import type { FastifyInstance } from 'fastify';
import { isObject } from '../foundation/json-object.js';
import type { JsonSchema } from './vendor-api.js';

export const FORM = 'application/x-www-form-urlencoded';

/**
 * Of paths that have no case, the spelling of their routes. Fastify's own setting for that would hold for all routes. It
 * sees every request, and so asks for the first letter first.
 */
export function pathSpeller(paths: readonly string[]): (request: { url?: string }) => string {
  const spelling = new Map(paths.map((path) => [path.toLowerCase(), path]));
  const first = new Set(
    paths.flatMap((path) => [path.toLowerCase(), path.toUpperCase()]).map((path) => path.charCodeAt(1)),
  );
  return ({ url = '' }) => {
    if (!first.has(url.charCodeAt(1))) return url;
    const [path = ''] = url.split('?', 1);
    return `${spelling.get(path.toLowerCase()) ?? path}${url.slice(path.length)}`;
  };
}

/** Gives the members of a body the spelling of their schema. What is in them is not touched. */
export function ignoreCaseOfMembers(scope: FastifyInstance): void {
  scope.addHook('preValidation', (request, _reply, done) => {
    const { properties = {} } = (request.routeOptions.schema?.body ?? {}) as JsonSchema;
    request.body = respelled(request.body, Object.keys(properties as object));
    done();
  });
}

export function respelled(body: unknown, names: readonly string[]): unknown {
  if (!isObject(body)) return body;
  const spelling = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]),
  );
}

/** Of a name that comes several times, the last counts. */
export function parseForms(scope: FastifyInstance): void {
  scope.addContentTypeParser<string>(FORM, { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body))),
  );
}
