import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { type DocumentNode, Kind, parse } from 'graphql';
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
    const fetcher = createGraphiQLFetcher({ url, wsClient, enableIncrementalDelivery: false });
    const documentAST = parsed(parameters.query);
    if (documentAST === null) return fetcher(parameters, options);
    const operationName = operationIn(documentAST, parameters.operationName);
    return fetcher({ ...parameters, operationName }, { ...options, documentAST });
  };

/** Null if it is malformed: the gateway says where. */
export function parsed(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch {
    return null;
  }
}

/** For a moment after a change of tabs, GraphiQL gives the name of the operation in the tab before. */
function operationIn({ definitions }: DocumentNode, given: string | null | undefined) {
  const names = definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? [each.name?.value] : [],
  );
  return names.length === 1 ? names[0] : given;
}
