import { requestSubscription } from 'relay-runtime';
import { onTestFinished } from 'vitest';
import type { LiveClient } from '../../packages/client/src/live/live-client.js';
import { CALL_UPDATES as APOLLO_UPDATES, newApolloClient } from './apollo/open.js';
import { newRelayEnvironment } from './relay/open.js';
import { OPERATIONS } from './relay/operations.js';
import { newUrqlClient, CALL_UPDATES as URQL_UPDATES } from './urql/open.js';

/** What a client passes on to its application of `callUpdates`. */
export interface Stream {
  cursors: string[];
  /** Errors and ends. */
  surprises: unknown[];
}

export const CALL_UPDATES = `subscription ($filter: CallFilter, $after: String) {
  callUpdates(filter: $filter, after: $after) { cursor transition call { id revision } }
}`;

interface Target {
  url: string;
  token: string;
}

interface Updates {
  callUpdates: { cursor: string };
}

type Open = (live: LiveClient, target: Target, after: string, stream: Stream) => void;

const variables = (after: string) => ({ filter: null, after });

const openers: Record<string, Open> = {
  'the live client': (live, _, after, { cursors, surprises }) => {
    live.subscribe(
      { query: CALL_UPDATES, variables: variables(after) },
      {
        next: ({ data, errors }) => {
          if (errors) surprises.push(errors);
          else cursors.push((data as unknown as Updates).callUpdates.cursor);
        },
        error: (error) => surprises.push(error),
        complete: () => surprises.push('complete'),
      },
    );
  },
  'Apollo Client': (live, target, after, { cursors, surprises }) => {
    const { client } = newApolloClient(target, live);
    onTestFinished(() => client.stop());
    client.subscribe<Updates>({ query: APOLLO_UPDATES, variables: variables(after) }).subscribe({
      next: ({ data, error }) => {
        if (error || !data) surprises.push(error);
        else cursors.push(data.callUpdates.cursor);
      },
      error: (error) => surprises.push(error),
      complete: () => surprises.push('complete'),
    });
  },
  urql: (live, target, after, { cursors, surprises }) => {
    const { client } = newUrqlClient(target, live);
    const { unsubscribe } = client
      .subscription(URQL_UPDATES, variables(after))
      .subscribe(({ data, error }) => {
        if (error || !data) surprises.push(error);
        else cursors.push((data as Updates).callUpdates.cursor);
      });
    onTestFinished(unsubscribe);
  },
  Relay: (live, target, after, { cursors, surprises }) => {
    const { environment } = newRelayEnvironment(target, live);
    requestSubscription<{ variables: object; response: Updates }>(environment, {
      subscription: OPERATIONS.CallListSubscription,
      variables: variables(after),
      onNext: (data) => void cursors.push(data?.callUpdates.cursor ?? ''),
      onError: (error) => surprises.push(error),
      onCompleted: () => surprises.push('complete'),
    });
  },
};

export const CLIENTS = Object.keys(openers);

export function openStream(client: string, live: LiveClient, target: Target, after: string): Stream {
  const stream: Stream = { cursors: [], surprises: [] };
  openers[client]?.(live, target, after, stream);
  return stream;
}
