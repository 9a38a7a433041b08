import { Alert, Button, Card, Center, Divider, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type SubmitEvent, useEffect, useState } from 'react';
import { endedBecause, signIn } from './session';
import { readSettings } from './settings';
import { tryToken } from './try-token';

export function SignInPage() {
  const [key, setKey] = useState('');
  const [refusal, setRefusal] = useState(endedBecause);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const refused = await tryToken(key.trim());
    setBusy(false);
    setRefusal(refused);
    if (refused === null) signIn({ token: key.trim() });
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card withBorder w="100%" maw={420} p="lg">
        <Stack>
          <Title order={1} size="h3">
            Switchboard
          </Title>
          {refusal !== null && (
            <Alert color="red" variant="outline" role="alert" title="Not signed in">
              {refusal}
            </Alert>
          )}
          <AtIssuer onRefusal={setRefusal} />
          <form onSubmit={submit}>
            <Stack>
              <PasswordInput
                label="Key"
                description="An API key of your organization. It is kept until you close this tab."
                placeholder="sb_…"
                autoComplete="off"
                required
                value={key}
                onChange={({ currentTarget }) => setKey(currentTarget.value)}
              />
              <Button type="submit" loading={isBusy}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Stack>
      </Card>
    </Center>
  );
}

/** For people whom the organization's issuer knows, if the gateway has one. */
function AtIssuer({ onRefusal }: { onRefusal(message: string): void }) {
  const [go, setGo] = useState<(() => Promise<void>) | null>(null);
  useEffect(() => {
    void readSettings().then(async ({ issuer }) => {
      if (issuer === null) return;
      const { goToIssuer } = await import('./issuer');
      setGo(() => () => goToIssuer(issuer));
    });
  }, []);
  if (go === null) return null;
  const start = () =>
    void go().catch((error: Error) => onRefusal(`The issuer does not answer: ${error.message}`));
  return (
    <>
      <Button onClick={start}>Sign in with your account</Button>
      <Divider label={<Text size="sm">or with a key</Text>} />
    </>
  );
}
