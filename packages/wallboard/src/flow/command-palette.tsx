import { Button, Group, Text } from '@mantine/core';
import { COMMAND_DESCRIPTIONS } from '../gql/flow-inputs';
import { DRAGGED_COMMAND } from './flow-diagram';
import { COMMAND_NAMES, type CommandName, titleOf } from './steps';

/** Each adds a step at the end, or where it is dropped in the diagram. */
export function CommandPalette({ isFull, onAdd }: { isFull: boolean; onAdd(command: CommandName): void }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={6} id="flow-palette">
        Add a step
      </Text>
      <Group gap={6} role="group" aria-labelledby="flow-palette">
        {COMMAND_NAMES.map((command) => (
          <Button
            key={command}
            variant="default"
            size="xs"
            disabled={isFull}
            title={COMMAND_DESCRIPTIONS[command]}
            draggable={!isFull}
            onDragStart={(event) => event.dataTransfer.setData(DRAGGED_COMMAND, command)}
            onClick={() => onAdd(command)}
          >
            {titleOf(command)}
          </Button>
        ))}
      </Group>
      {isFull && (
        <Text size="sm" c="dimmed">
          A flow has at most 20 steps.
        </Text>
      )}
    </div>
  );
}
