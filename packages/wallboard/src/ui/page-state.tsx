import type { ErrorLike } from '@apollo/client';
import { Alert, Center, Loader, Text } from '@mantine/core';

interface PageState {
  error: ErrorLike | undefined;
  isLoading: boolean;
  /** What to say where there is nothing; null where there is something. */
  empty: string | null;
}

/** What stands in the place of a list that is not there. */
export function PageState({ error, isLoading, empty }: PageState) {
  if (error)
    return (
      <Alert color="red" variant="outline" role="alert" title="The gateway refused this">
        {error.message}
      </Alert>
    );
  if (isLoading)
    return (
      <Center mih={200}>
        <Loader aria-label="Loading" />
      </Center>
    );
  if (empty !== null)
    return (
      <Center mih={200}>
        <Text c="dimmed">{empty}</Text>
      </Center>
    );
  return null;
}
