import { Button, Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { type KeyboardEvent, type SubmitEvent, useState } from 'react';
import { KINDS, type Kind, kindOf, parsed, writtenAs } from './member-values';

interface Props {
  label: string;
  name: string;
  value: unknown;
  /** Names of the other members. */
  taken: readonly string[];
  onDone(name: string, value: unknown): void;
  onCancel(): void;
}

/** Name, type and value of one member. Enter takes them, Escape leaves all as it was. */
export function MemberForm({ label, name: oldName, value: oldValue, taken, onDone, onCancel }: Props) {
  const [name, setName] = useState(oldName);
  const [kind, setKind] = useState(kindOf(oldValue));
  const [text, setText] = useState(writtenAs(oldValue, kindOf(oldValue)));
  const [problem, setProblem] = useState<{ of: 'name' | 'value'; message: string } | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name === '') return setProblem({ of: 'name', message: 'A name is required' });
    if (taken.includes(name)) return setProblem({ of: 'name', message: 'There is a member with this name' });
    const result = parsed(kind, text);
    if ('problem' in result) return setProblem({ of: 'value', message: result.problem });
    onDone(name, result.value);
  };
  const changeKind = (next: Kind) => {
    const now = parsed(kind, text);
    setKind(next);
    setText(writtenAs('problem' in now ? text : now.value, next));
    setProblem(null);
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onCancel();
  };
  const value = { label: 'Value', error: problem?.of === 'value' && problem.message };
  return (
    <form onSubmit={submit} onKeyDown={leave} aria-label={label} className="member-form" noValidate>
      <Group gap="xs" align="start">
        <TextInput
          label="Name"
          size="xs"
          autoComplete="off"
          autoFocus={oldName === ''}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={problem?.of === 'name' && problem.message}
        />
        <NativeSelect
          label="Type"
          size="xs"
          data={[...KINDS]}
          value={kind}
          onChange={({ currentTarget }) => {
            const chosen = KINDS.find(({ value: known }) => known === currentTarget.value);
            if (chosen !== undefined) changeKind(chosen.value);
          }}
        />
        {kind === 'boolean' ? (
          <NativeSelect
            {...value}
            size="xs"
            autoFocus={oldName !== ''}
            data={['true', 'false']}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
        ) : kind === 'object' || kind === 'array' ? (
          <Textarea
            {...value}
            size="xs"
            className="member-text"
            autoFocus={oldName !== ''}
            autosize
            minRows={2}
            maxRows={12}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
        ) : (
          <TextInput
            {...value}
            size="xs"
            className="member-text"
            autoFocus={oldName !== ''}
            autoComplete="off"
            inputMode={kind === 'number' ? 'decimal' : 'text'}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
        )}
      </Group>
      <Group gap="xs" mt="xs">
        <Button type="submit" size="compact-sm">
          Apply
        </Button>
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
