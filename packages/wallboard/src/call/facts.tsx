import { Text } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';

/** Names with values; what is not known is left out. */
export function Facts({
  facts,
  none = 'Nothing.',
}: {
  facts: readonly (readonly [string, ReactNode])[];
  none?: string;
}) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (known.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    );
  }
  return (
    <dl className="facts">
      {known.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
