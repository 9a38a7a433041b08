import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { GraphQLError } from 'graphql';

/** What GraphQL over HTTP adds to the rules of the schema. */
export const httpPlugin: ApolloServerPlugin<BaseContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== 'subscription') return;
        throw new GraphQLError('Subscriptions are not served by this kind of request.', {
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        });
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
