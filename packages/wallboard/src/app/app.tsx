import { ApolloProvider } from '@apollo/client/react';
import { MantineProvider } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Router } from 'wouter';
import { type Gateway, openGateway } from '../graphql/client';
import { BASE_PATH } from '../session/gateway-path';
import { useSession } from '../session/session';
import { named } from './named';
import { Shell } from './shell';
import { cssVariables, theme } from './theme';

/** The first calls need neither. */
const Notifications = lazy(() => import('./notifications').then(named('Notifications')));
const SignInPage = lazy(() => import('../session/sign-in-page').then(named('SignInPage')));

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Suspense>
        <Notifications position="bottom-right" />
      </Suspense>
      <Suspense>
        <SignedIn />
      </Suspense>
    </MantineProvider>
  );
}

function SignedIn() {
  const session = useSession();
  const [gateway, setGateway] = useState<Gateway | null>(null);
  useEffect(() => {
    if (session === null) return;
    const opened = openGateway();
    setGateway(opened);
    return () => {
      setGateway(null);
      opened.close();
    };
  }, [session]);
  if (session === null) return <SignInPage />;
  if (gateway === null) return null;
  return (
    <ApolloProvider client={gateway.client}>
      <Router base={BASE_PATH}>
        <Shell />
      </Router>
    </ApolloProvider>
  );
}
