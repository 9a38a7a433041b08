import { Button, Center, Loader, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { Link, useLocation, useParams, useSearch } from 'wouter';
import { CallHeader } from './call-header';
import { CallTabs } from './call-tabs';
import './call.css';
import { Notice } from './notice';
import { useLiveCall } from './use-live-call';

export function CallPage() {
  const { id = '' } = useParams<{ id: string }>();
  // Each call has state of its own: forms, edits and tabs of one are none of another.
  return <CallById key={id} id={id} />;
}

function CallById({ id }: { id: string }) {
  const { call, isErased, error, readAnew } = useLiveCall(id);
  const [, navigate] = useLocation();
  const search = useSearch();
  const otherId = call != null && call.id !== id ? call.id : null;
  useEffect(() => {
    if (otherId === null) return;
    navigate(`/calls/${otherId}${search === '' ? '' : `?${search}`}`, { replace: true });
  }, [otherId, search, navigate]);

  if (isErased) return <Gone title="This call was erased" text="Nothing of it is left." />;
  if (call === null) return <Gone title="There is no such call" text={`No call has the id ${id}.`} />;
  if (call === undefined && error) {
    return (
      <Notice color="red" role="alert" title="The call could not be read">
        <Stack gap="xs" align="start">
          <Text size="sm">{error.message}</Text>
          <Button size="xs" onClick={readAnew}>
            Try again
          </Button>
        </Stack>
      </Notice>
    );
  }
  if (call === undefined || otherId !== null) {
    return (
      <Center mih={300}>
        <Loader aria-label="Loading the call" />
      </Center>
    );
  }
  return (
    <Stack gap="md">
      <CallHeader call={call} error={error} />
      <CallTabs call={call} />
    </Stack>
  );
}

const Gone = ({ title, text }: { title: string; text: string }) => (
  <Notice color="gray" role="alert" title={title}>
    <Stack gap="xs" align="start">
      <Text size="sm">{text}</Text>
      <Button component={Link} href="/" size="xs" variant="default">
        All calls
      </Button>
    </Stack>
  </Notice>
);
