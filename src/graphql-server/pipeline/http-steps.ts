import { GraphQLError } from 'graphql';
import { acceptedTypes } from './media-types.js';
import type { RequestSteps } from './request-steps.js';

export const httpSteps: RequestSteps = {
  didResolveOperation({ operation, contextValue: { stream } }) {
    if (operation?.operation === 'subscription' && stream === undefined) {
      throw badRequest(
        'Subscriptions are served over WebSocket (graphql-transport-ws), and as an event stream at /graphql/stream; not as multipart.',
      );
    }
    if (operation?.operation === 'mutation' && stream?.isReadOnly) {
      throw badRequest('GET requests are for queries and subscriptions.');
    }
  },
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

/** GraphQL over HTTP recommends 200 for clients that accept only plain JSON, so that a 400 is an intermediary's. */
function isPlainJson(accept = ''): boolean {
  const types = acceptedTypes(accept);
  return types.includes('application/json') && !types.includes('application/graphql-response+json');
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
