import {
  type FetchFunction,
  type GraphQLResponse,
  Network,
  Observable,
  type SubscribeFunction,
} from 'relay-runtime';
import { UNKEYED_TYPES } from './generated/cache-types.js';
import type { LiveClient, Token } from './live/live-client.js';
import { signedInFetch } from './live/sign-in.js';

export { CallList, type RelayList, takeCallUpdate } from './relay-list.js';

export interface NetworkOptions {
  /** The gateway's endpoint over HTTP. */
  url: string;
  token: Token;
  live: LiveClient;
  /** Relay keeps each change of a subscription until it collects what is not retained: it does so after each hundred. */
  store?: { scheduleGC(): void };
  fetch?: typeof fetch;
}

const COLLECTED_AFTER = 100;

/** Relay's network layer: queries and mutations over HTTP, subscriptions by a live client. */
export function createNetwork({
  url,
  token,
  live,
  store,
  fetch: given,
}: NetworkOptions): ReturnType<typeof Network.create> {
  const send = signedInFetch(token, given);
  const ask: FetchFunction = async ({ name, text }, variables) => {
    const answer = await send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    });
    return (await answer.json()) as GraphQLResponse;
  };
  let changes = 0;
  const collect = () => {
    changes += 1;
    if (changes % COLLECTED_AFTER === 0) store?.scheduleGC();
  };
  const follow: SubscribeFunction = ({ name, text }, variables) =>
    Observable.create<GraphQLResponse>((sink) =>
      live.subscribe(
        { query: text ?? '', operationName: name, variables },
        {
          next: (result) => {
            sink.next(result as GraphQLResponse);
            collect();
          },
          error: (error) => sink.error(error),
          complete: () => sink.complete(),
        },
      ),
    );
  return Network.create(ask, follow);
}

const unkeyed = new Set(UNKEYED_TYPES);

/** For Relay's Environment: changes and payloads of mutations are not kept under their ids. */
export const getDataID = (value: Record<string, unknown>, typeName: string): unknown =>
  unkeyed.has(typeName) ? undefined : value.id;
