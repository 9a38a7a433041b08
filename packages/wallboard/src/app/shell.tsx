import { Anchor, AppShell, Box, Burger, Button, Center, Group, Loader, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Link, Route, Switch, useRoute } from 'wouter';
import { signOut } from '../session/session';
import { useViewer } from '../session/viewer';
import { ColorScheme } from './color-scheme';
import { ConnectionNotice } from './connection-notice';
import { DemoTraffic } from './demo-traffic';
import { PageErrors } from './page-errors';
import { PAGES } from './pages';

export function Shell() {
  const [isOpen, menu] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 180, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <Anchor href="#main" className="skip-link">
        Skip to the page
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Text fw={700} component={Link} href="/" c="inherit" td="none">
              Switchboard
            </Text>
          </Group>
          <Who />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="Pages">
        {PAGES.map(
          ({ path, label }) => label && <MenuLink key={path} {...{ path, label }} onOpen={menu.close} />,
        )}
        <Box mt="auto" p="xs">
          <DemoTraffic />
        </Box>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <ConnectionNotice />
        <PageErrors>
          <Suspense fallback={<Loading />}>
            <Switch>
              {PAGES.map(({ path, Page }) => (
                <Route key={path} path={path} component={Page} />
              ))}
              <Route>
                <Text>There is no such page.</Text>
              </Route>
            </Switch>
          </Suspense>
        </PageErrors>
      </AppShell.Main>
    </AppShell>
  );
}

function MenuLink({ path, label, onOpen }: { path: string; label: string; onOpen(): void }) {
  const [isActive] = useRoute(path);
  return (
    <NavLink
      component={Link}
      href={path}
      label={label}
      active={isActive}
      aria-current={isActive ? 'page' : undefined}
      onClick={onOpen}
    />
  );
}

function Who() {
  const viewer = useViewer();
  return (
    <Group gap="xs" wrap="nowrap">
      <Box visibleFrom="sm">
        <Text size="sm" c="dimmed">
          {viewer ? `${viewer.name}, ${viewer.organization.name}` : ' '}
        </Text>
      </Box>
      <ColorScheme />
      <Button variant="default" size="xs" onClick={() => signOut()}>
        Sign out
      </Button>
    </Group>
  );
}

const Loading = () => (
  <Center mih={200}>
    <Loader aria-label="Loading" />
  </Center>
);
