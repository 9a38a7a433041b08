import { Alert, Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { signIn } from './session';
import { type Refusal, tryToken } from './try-token';

export function SignInPage() {
  const [key, setKey] = useState('');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const refused = await tryToken(key.trim());
    setBusy(false);
    setRefusal(refused);
    if (refused === null) signIn(key.trim());
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card withBorder w="100%" maw={420} p="lg">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h3">
              Switchboard
            </Title>
            <Text size="sm" c="dimmed">
              Sign in with an API key of your organization. It is kept until you close this tab.
            </Text>
            <PasswordInput
              label="Key"
              placeholder="sb_…"
              autoComplete="off"
              required
              value={key}
              onChange={({ currentTarget }) => setKey(currentTarget.value)}
            />
            {refusal && (
              <Alert color="red" role="alert" title="Not signed in">
                {refusal.message}
              </Alert>
            )}
            <Button type="submit" loading={isBusy}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
