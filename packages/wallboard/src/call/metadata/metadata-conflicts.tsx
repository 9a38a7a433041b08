import { Button, Group, Text } from '@mantine/core';
import { Notice } from '../notice';
import type { Edits } from './edits';
import { pathText, valueText } from './member-text';
import { type Json, type Path, valueAt } from './merge-patch';

interface Props {
  metadata: Json;
  open: Edits;
  onTake(path: Path): void;
  onKeep(path: Path): void;
}

/** What another client has changed at the same places: nothing is overwritten unseen. */
export const MetadataConflicts = ({ metadata, open, onTake, onKeep }: Props) =>
  open.map(({ path, before, after }) => (
    <Notice
      key={JSON.stringify(path)}
      color="orange"
      role="group"
      title={`${pathText(path)} has changed meanwhile`}
    >
      <Text size="sm" className="breaks">
        Theirs now: <strong>{valueText(valueAt(metadata, path))}</strong>, before: {valueText(before)}, yours:{' '}
        {valueText(after)}
      </Text>
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" variant="default" onClick={() => onTake(path)}>
          Take theirs
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => onKeep(path)}>
          Keep mine
        </Button>
      </Group>
    </Notice>
  ));
