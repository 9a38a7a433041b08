import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { getMainDefinition } from '@apollo/client/utilities';
import { LiveClient, signedInFetch } from '@switchboard/client';
import { liveLink, possibleTypes, typePolicies } from '@switchboard/client/apollo';
import { note, setLiveState } from './connection';

const url = new URL('/graphql', window.location.href).href;

export interface Gateway {
  client: ApolloClient;
  close(): void;
}

/** A client of one person's session, with a cache of its own. */
export function openGateway(token: string): Gateway {
  const live = new LiveClient({
    ...{ url, token, onState: setLiveState },
    onCursorLost: () => note('read anew'),
  });
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes, typePolicies }),
    link: ApolloLink.split(
      ({ query }) => {
        const definition = getMainDefinition(query);
        return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
      },
      liveLink(live),
      new HttpLink({ uri: url, fetch: signedInFetch(token) }),
    ),
  });
  const close = () => {
    client.stop();
    void live.dispose();
    setLiveState({ state: 'connected' });
    note(null);
  };
  return { client, close };
}
