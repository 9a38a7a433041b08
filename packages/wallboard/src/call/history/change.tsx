import { Badge, Group, Text } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import type { ActorType, CarryingDeliveryFragment } from '../../gql/graphql';
import { Time } from '../../ui/time';
import { words } from '../../ui/words';
import { VendorsOfChange } from '../deliveries/vendors-of-change';
import { JsonBlock } from '../json-block';
import { ChangedValues } from './changed-values';

export const HISTORY_CHANGE = graphql(`
  fragment HistoryChange on CallChange {
    id
    kind
    revision
    actor
    actorType
    recordedAt
    effectiveAt
    oldValues
    newValues
    patch
    event {
      id
      eventId
      sessionId
    }
  }
`);

const ACTORS: Record<ActorType, string> = {
  API_KEY: 'an API key',
  PERSON: 'a person',
  VENDOR_ACCOUNT: 'a vendor account',
};

interface Props {
  change: FragmentType<typeof HISTORY_CHANGE>;
  /** Those that carry it; undefined until they are read. */
  deliveries: readonly CarryingDeliveryFragment[] | undefined;
}

export function Change({ change: masked, deliveries }: Props) {
  const change = getFragmentData(HISTORY_CHANGE, masked);
  const { patch, event, actorType } = change;
  const countsAtOtherTime = patch != null && change.effectiveAt !== change.recordedAt;
  return (
    <li className="moment">
      <Group gap="xs" align="baseline">
        <Text fw={600} size="sm">
          {words(change.kind)}
        </Text>
        <Text size="sm" c="dimmed">
          <Time at={change.recordedAt} />
        </Text>
        <Badge variant="default" size="sm" tt="none">
          {change.revision == null ? 'Changed nothing' : `Revision ${change.revision}`}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed" className="breaks">
        By {change.actor}
        {actorType != null && `, ${ACTORS[actorType]}`}
        {event != null && `, event ${event.eventId ?? event.sessionId ?? event.id}`}
        {countsAtOtherTime && (
          <>
            {'. Counts as of '}
            <Time at={change.effectiveAt} />
          </>
        )}
      </Text>
      {deliveries !== undefined && <VendorsOfChange deliveries={deliveries} />}
      <ChangedValues before={change.oldValues} after={change.newValues} />
      {patch != null && (
        <details>
          <summary>Patch</summary>
          <JsonBlock value={patch} label={`Patch of ${change.recordedAt}`} />
        </details>
      )}
    </li>
  );
}
