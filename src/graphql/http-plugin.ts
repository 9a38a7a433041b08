import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { AnonymousContext, Context } from './context.js';

/** What GraphQL over HTTP adds to the rules of the schema. */
export const httpPlugin: ApolloServerPlugin<Context | AnonymousContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, contextValue: { stream } }) {
        if (operation?.operation === 'subscription' && stream === undefined) {
          throw badRequest(
            'Subscriptions are served over WebSocket, and as an event stream at /graphql/stream.',
          );
        }
        if (operation?.operation === 'mutation' && stream?.isReadOnly) {
          throw badRequest('GET requests are for queries and subscriptions.');
        }
      },
      // Found away before the execution or in the midst of it, the database is away: 503, unless something was answered.
      async willSendResponse({ response: { body, http } }) {
        if (body.kind !== 'single') return;
        const { data, errors } = body.singleResult;
        const away = errors?.some(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE') ?? false;
        const answered = Object.values(data ?? {}).some((value) => value !== null);
        if (away && !answered) http.status = 503;
      },
    };
  },
};

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
