import { type Exchange, subscriptionExchange } from '@urql/core';
import { type LiveClient, type LiveResult, OperationRefused } from './live/live-client.js';

export { CallList, type UrqlList } from './urql-list.js';

/** Sends subscriptions by a live client. It stands last, beside `fetchExchange`. */
export const liveExchange = (live: LiveClient): Exchange =>
  subscriptionExchange({
    forwardSubscription: ({ query = '', variables, operationName, extensions }) => ({
      subscribe: (sink) => ({
        unsubscribe: live.subscribe(
          {
            query,
            variables: variables as Record<string, unknown> | undefined,
            operationName,
            extensions: extensions as Record<string, unknown> | undefined,
          },
          {
            next: (result) => sink.next(result as LiveResult & { data?: object; errors?: object[] } as never),
            error: (error) => sink.error(error instanceof OperationRefused ? error.errors : error),
            complete: () => sink.complete(),
          },
        ),
      }),
    }),
  });
