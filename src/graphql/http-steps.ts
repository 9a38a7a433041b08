import { GraphQLError } from 'graphql';
import type { RequestSteps } from './request-steps.js';

/** What GraphQL over HTTP adds to the rules of the schema. */
export const httpSteps: RequestSteps = {
  didResolveOperation({ operation, contextValue: { stream } }) {
    if (operation?.operation === 'subscription' && stream === undefined) {
      throw badRequest('Subscriptions are served over WebSocket, and as an event stream at /graphql/stream.');
    }
    if (operation?.operation === 'mutation' && stream?.isReadOnly) {
      throw badRequest('GET requests are for queries and subscriptions.');
    }
  },
  // Found away before the execution or in the midst of it, the database is away: 503, unless something was answered.
  willSendResponse({ request, response: { body, http } }) {
    if (body.kind !== 'single') return;
    const { data, errors } = body.singleResult;
    if (errors === undefined) return;
    if (http.status === 400 && isPlainJson(request.http?.headers.get('accept'))) {
      const isMalformed = errors.some(({ extensions }) => extensions?.code === 'BAD_REQUEST');
      if (!isMalformed) http.status = 200;
    }
    const away = errors.some(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE');
    const answered = Object.values(data ?? {}).some((value) => value !== null);
    if (away && !answered) http.status = 503;
  },
};

/**
 * Who accepts application/json by name, and not GraphQL's own type, gets 200 for whatever is said about a document, so that
 * 400 may still be somebody's on the way: GraphQL over HTTP recommends it. All others get 400.
 */
function isPlainJson(accept = ''): boolean {
  return accept.includes('application/json') && !accept.includes('application/graphql-response+json');
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
