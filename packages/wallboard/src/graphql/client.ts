import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { ErrorLink } from '@apollo/client/link/error';
import { getMainDefinition } from '@apollo/client/utilities';
import { LiveClient, signedInFetch } from '@switchboard/client';
import { liveLink, possibleTypes, typePolicies } from '@switchboard/client/apollo';
import { freshToken } from '../session/fresh-token';
import { gatewayUrl } from '../session/gateway-path';
import { signOut } from '../session/session';
import { note, setLiveState } from './connection';

/** Milliseconds. */
const COLLECT_EVERY = 60_000;

const url = gatewayUrl('/graphql');

export interface Gateway {
  client: ApolloClient;
  close(): void;
}

/** A key that was revoked or a token that has expired leads back to the sign-in. */
const endsSession = new ErrorLink(({ error }) => {
  if (!CombinedGraphQLErrors.is(error)) return;
  const refused = error.errors.find(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
  if (refused !== undefined) signOut(refused.message);
});

/** A client of one person's session, with a cache of its own. */
export function openGateway(): Gateway {
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  // What has left every list stays until then, and so does what was read of it, of which Apollo keeps 50,000 parts.
  const collecting = setInterval(() => cache.gc({ resetResultCache: true }), COLLECT_EVERY);
  const live = new LiveClient({
    url,
    token: freshToken,
    onState: setLiveState,
    // What has no cursor is read anew after a cut. A list that has one begins anew by itself if the log was set back.
    onGap: () => client.refetchQueries({ include: 'active' }),
    onCursorLost: () => note('read anew'),
  });
  const client: ApolloClient = new ApolloClient({
    cache,
    link: ApolloLink.from([
      endsSession,
      ApolloLink.split(
        ({ query }) => {
          const definition = getMainDefinition(query);
          return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
        },
        liveLink(live),
        new HttpLink({ uri: url, fetch: signedInFetch(freshToken) }),
      ),
    ]),
  });
  const close = () => {
    clearInterval(collecting);
    client.stop();
    void live.dispose();
    setLiveState({ state: 'connected' });
    note(null);
  };
  return { client, close };
}
