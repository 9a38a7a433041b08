import { Button, Fieldset, NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core';
import { ConditionsField } from './conditions-field';
import { fieldId } from './field-id';
import type { Problem } from './problems';
import {
  conditionsOf,
  type Field,
  fieldsOf,
  type InputName,
  isInput,
  isOptions,
  labelOf,
  type Options,
} from './steps';

interface InputFieldsProps {
  input: InputName;
  /** Key of the step. */
  step: string;
  /** Of the input in the step. */
  path: readonly string[];
  options: Options;
  problems: readonly Problem[];
  onChange(options: Options): void;
}

/** A field of the schema's input each; the conditions come last, for they say when and not what. */
export function InputFields({ input, step, path, options, problems, onChange }: InputFieldsProps) {
  const fields = fieldsOf(input).filter(({ type }) => type !== 'CallFlowConditionInput');
  const set = (name: string, value: unknown) => onChange({ ...options, [name]: value });
  return (
    <>
      <div className="flow-fields">
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            step={step}
            path={[...path, field.name]}
            value={options[field.name]}
            problems={problems}
            onChange={(value) => set(field.name, value)}
          />
        ))}
      </div>
      {fields.length < fieldsOf(input).length && (
        <ConditionsField
          step={step}
          path={[...path, 'conditions']}
          conditions={conditionsOf(options)}
          problems={problems}
          onChange={(conditions) => set('conditions', conditions)}
        />
      )}
    </>
  );
}

/** Inputs of a row stand in a line, whatever is written below them. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'error', 'description'];

/** Descriptions of the schema quote values as Markdown does. */
const shownDescription = (text: string): string => text.replaceAll(/`([^`]*)`/g, '“$1”');

interface FieldInputProps {
  field: Field;
  step: string;
  path: readonly string[];
  value: unknown;
  problems: readonly Problem[];
  onChange(value: unknown): void;
}

function FieldInput({ field, step, path, value, problems, onChange }: FieldInputProps) {
  const { name, type, isList, isRequired, description } = field;
  const common = {
    id: fieldId(step, path),
    label: labelOf(name),
    description: shownDescription(description),
    inputWrapperOrder: ORDER,
    withAsterisk: isRequired,
    error: errorAt(problems, path),
  };
  if (isInput(type)) {
    return <NestedInput {...{ step, path, value, problems, onChange }} input={type} label={common.label} />;
  }
  if (isList) {
    return (
      <Textarea
        {...common}
        className="flow-wide"
        description={`${common.description} One a line.`}
        autosize
        minRows={2}
        value={Array.isArray(value) ? value.join('\n') : ''}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? undefined : currentTarget.value.split('\n'))
        }
      />
    );
  }
  if (type === 'Int') {
    return (
      <NumberInput
        {...common}
        clampBehavior="none"
        value={typeof value === 'number' ? value : ''}
        onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
      />
    );
  }
  if (type === 'Boolean') {
    return (
      <NativeSelect
        {...common}
        data={[
          { value: '', label: 'As the vendor does' },
          { value: 'true', label: 'Yes' },
          { value: 'false', label: 'No' },
        ]}
        value={typeof value === 'boolean' ? String(value) : ''}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? undefined : currentTarget.value === 'true')
        }
      />
    );
  }
  const text = {
    ...common,
    value: typeof value === 'string' ? value : '',
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange(currentTarget.value === '' ? undefined : currentTarget.value),
  };
  return name === 'text' ? (
    <Textarea {...text} className="flow-wide" autosize minRows={2} />
  ) : (
    <TextInput {...text} />
  );
}

interface NestedInputProps extends Omit<FieldInputProps, 'field'> {
  input: InputName;
  label: string;
}

function NestedInput({ input, label, step, path, value, problems, onChange }: NestedInputProps) {
  if (!isOptions(value)) {
    return (
      <Button
        className="flow-nested"
        id={fieldId(step, path)}
        variant="default"
        size="xs"
        onClick={() => onChange({})}
      >
        Add prompt: {label.toLowerCase()}
      </Button>
    );
  }
  return (
    <Fieldset legend={`Prompt: ${label.toLowerCase()}`} className="flow-wide">
      <InputFields {...{ input, step, path, problems, onChange }} options={value} />
      <Button mt="xs" variant="default" size="xs" onClick={() => onChange(undefined)}>
        Remove prompt
      </Button>
    </Fieldset>
  );
}

/** Of the field, or of an item of it. */
export const errorAt = (problems: readonly Problem[], path: readonly string[]): string | undefined =>
  problems.find((problem) => path.every((name, index) => problem.path[index] === name))?.message;
