import { Text } from '@mantine/core';
import { COMMAND_DESCRIPTIONS, COMMAND_INPUTS } from '../gql/flow-inputs';
import { fieldId } from './field-id';
import { InputFields } from './input-fields';
import type { Problem } from './problems';
import type { Options, Step } from './steps';

interface StepFormProps {
  step: Step;
  /** As the list names it. */
  name: string;
  problems: readonly Problem[];
  onChange(options: Options): void;
}

/** The values of a step, by the fields of its input in the schema. */
export function StepForm({ step: { key, command, options }, name, problems, onChange }: StepFormProps) {
  const path = [command];
  const ofWhole = problems.filter((problem) => problem.path.length <= path.length);
  return (
    <fieldset aria-label={`Values of ${name}`} className="flow-form" id={fieldId(key, path)} tabIndex={-1}>
      <Text size="sm" c="dimmed">
        {COMMAND_DESCRIPTIONS[command]}
      </Text>
      {ofWhole.map(({ message }) => (
        <Text key={message} size="sm" c="var(--mantine-color-error)">
          {message}
        </Text>
      ))}
      <InputFields input={COMMAND_INPUTS[command]} {...{ step: key, path, options, problems, onChange }} />
    </fieldset>
  );
}
