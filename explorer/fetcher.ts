import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

/** Subscriptions go over WebSocket, signed in by the same headers. No retries: the person sees at once why it ended. */
export const fetcherOf =
  (url: string): Fetcher =>
  (parameters, options) => {
    const wsClient = createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: options?.headers ?? {},
      retryAttempts: 0,
    });
    return createGraphiQLFetcher({ url, wsClient, enableIncrementalDelivery: false })(parameters, options);
  };
