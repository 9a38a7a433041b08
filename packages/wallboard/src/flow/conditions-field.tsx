import { ActionIcon, Button, CloseIcon, Fieldset, Group, Text, TextInput } from '@mantine/core';
import { fieldId } from './field-id';
import { errorAt } from './input-fields';
import type { Problem } from './problems';
import { type Condition, labelOf } from './steps';

interface ConditionsFieldProps {
  step: string;
  path: readonly string[];
  conditions: readonly Condition[];
  problems: readonly Problem[];
  onChange(conditions: readonly Condition[]): void;
}

const NAMES = ['variable', 'operator', 'value'] as const;
/** As Bird documents them. */
const NEW: Condition = { variable: 'keys', operator: 'eq', value: '' };

/** When a step runs: if all of them hold. */
export function ConditionsField({ step, path, conditions, problems, onChange }: ConditionsFieldProps) {
  const ofWhole = problems.filter((problem) => problem.path.join('.') === path.join('.'));
  return (
    <Fieldset legend="Conditions" id={fieldId(step, path)} tabIndex={-1}>
      <Text size="sm" c="dimmed">
        {conditions.length === 0 ? 'The step always runs.' : 'The step runs if all of these hold.'}
      </Text>
      {ofWhole.map(({ message }) => (
        <Text key={message} size="sm" c="var(--mantine-color-error)">
          {message}
        </Text>
      ))}
      {conditions.map((condition, index) => (
        <Group key={index} gap="xs" wrap="nowrap" align="start" mt="xs">
          {NAMES.map((name) => {
            const at = [...path, String(index), name];
            return (
              <TextInput
                key={name}
                id={fieldId(step, at)}
                label={labelOf(name)}
                miw={0}
                value={condition[name]}
                error={errorAt(problems, at)}
                onChange={({ currentTarget }) =>
                  onChange(conditions.with(index, { ...condition, [name]: currentTarget.value }))
                }
              />
            );
          })}
          <ActionIcon
            className="flow-beside-input"
            size="input-sm"
            variant="default"
            aria-label={`Remove condition ${index + 1}`}
            onClick={() => onChange(conditions.toSpliced(index, 1))}
          >
            <CloseIcon size="16" />
          </ActionIcon>
        </Group>
      ))}
      <Button mt="xs" variant="default" size="xs" onClick={() => onChange([...conditions, NEW])}>
        Add a condition
      </Button>
    </Fieldset>
  );
}
