import { Button, Group, NativeSelect, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';
import { problemOf } from '../../graphql/problem';
import { keepDraft, readDraft } from '../../session/drafts';
import { words } from '../../ui/words';
import { isObject } from '../metadata/merge-patch';
import { Notice } from '../notice';
import { type Meanwhile, rebased } from './three-way';
import { FIELDS, type FieldName, problemsOf, shown, type Values } from './voice-call-fields';

export interface Refusal {
  code: string;
  message: string;
  path?: readonly string[] | null;
}

interface VoiceCallDraft {
  base: Record;
  mine: Values;
}

export const isVoiceCallDraft = (kept: unknown): kept is VoiceCallDraft =>
  isObject(kept) && isObject(kept.base) && [kept.mine, kept.base.values].every(isValues);

const isValues = (kept: unknown): boolean =>
  isObject(kept) && FIELDS.every(({ name }) => typeof kept[name] === 'string');

interface Record {
  values: Values;
  revision: number;
}

interface Props {
  /** As it is now: it changes below the form while others write. */
  record: Record;
  isNew: boolean;
  label: string;
  /** Under which its draft is kept. */
  draftName: string;
  /** Sends the whole record; with REVISION_CONFLICT, `present` is the record as it is now. */
  onSave(
    values: Values,
    expectedRevision: number,
  ): Promise<{ errors: readonly Refusal[]; present: Record | null }>;
  onCancel?(): void;
}

export function VoiceCallForm({ record, isNew, label, draftName, onSave, onCancel }: Props) {
  const [kept] = useState(() => readDraft(draftName, isVoiceCallDraft));
  const form = useForm<Values>({
    initialValues: kept?.mine ?? record.values,
    validate: (values) => problemsOf(values, isNew),
  });
  const [base, setBase] = useState(kept?.base ?? record);
  const [meanwhile, setMeanwhile] = useState<Meanwhile<FieldName>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const summary = useRef<HTMLDivElement>(null);
  const isDirty = FIELDS.some(({ name }) => form.values[name] !== base.values[name]);

  useEffect(() => {
    keepDraft(draftName, isDirty ? { base, mine: form.values } : null);
  }, [draftName, isDirty, base, form.values]);

  const takeUp = (present: Record) => {
    if (present.revision <= base.revision) return;
    const { draft, meanwhile: found } = rebased(
      { base: base.values, mine: form.getValues() },
      present.values,
    );
    setBase(present);
    form.setValues(draft.mine);
    // Where nothing was changed here, the form just shows what is there now.
    if (isDirty) setMeanwhile((old) => ({ ...old, ...found }));
  };
  const { revision } = record;
  useEffect(() => {
    if (!isBusy) takeUp(record);
  }, [revision, isBusy]);

  const save = async (values: Values) => {
    setBusy(true);
    setFailure(null);
    try {
      const { errors, present } = await onSave(values, base.revision);
      if (errors.length === 0) {
        keepDraft(draftName, null);
        if (present !== null) {
          setBase(present);
          form.setValues(present.values);
        }
        setMeanwhile({});
      } else if (present !== null && errors.some(({ code }) => code === 'REVISION_CONFLICT')) {
        takeUp(present);
        requestAnimationFrame(() => summary.current?.focus());
      } else {
        showRefusals(errors);
      }
    } catch (error) {
      const { field, message } = problemOf(error);
      if (isFieldName(field)) form.setFieldError(field, message);
      else setFailure(message);
    } finally {
      setBusy(false);
    }
  };
  const showRefusals = (errors: readonly Refusal[]) => {
    const others: string[] = [];
    for (const { message, path } of errors) {
      const name = path?.find(isFieldName);
      if (name !== undefined) form.setFieldError(name, message);
      else others.push(message);
    }
    setFailure(others.length > 0 ? others.join(' ') : null);
  };
  const decide = (name: FieldName, value: string) => {
    form.setFieldValue(name, value);
    setMeanwhile((old) => without(old, name));
  };

  const changed = Object.values(meanwhile);
  const conflicts = changed.filter(({ isConflict }) => isConflict).length;
  return (
    <form
      onSubmit={form.onSubmit(save, (errors) => {
        const [first] = FIELDS.filter(({ name }) => errors[name] != null);
        if (first !== undefined) form.getInputNode(first.name)?.focus();
      })}
      noValidate
      aria-label="Voice call"
    >
      <Stack>
        <div ref={summary} tabIndex={-1} role="status">
          {changed.length > 0 && (
            <Notice color="orange" title="It has changed meanwhile">
              {conflicts > 0
                ? 'Both have changed what is marked below: take theirs or keep yours, then save again.'
                : 'What was changed there is taken up and marked below. Save again to send your changes.'}
            </Notice>
          )}
        </div>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} verticalSpacing="sm">
          {FIELDS.map((field) => {
            const change = meanwhile[field.name];
            return (
              <div key={field.name} className={field.kind === 'long' ? 'whole-row' : undefined}>
                <Field
                  field={field}
                  isRequired={isNew ? field.isRequiredAtCreation === true : field.isOptional !== true}
                  input={form.getInputProps(field.name)}
                  inputKey={form.key(field.name)}
                />
                {change !== undefined && (
                  <Changed
                    label={field.label}
                    name={field.name}
                    change={change}
                    onTake={() => decide(field.name, change.theirs)}
                    onKeep={() => decide(field.name, form.getValues()[field.name])}
                  />
                )}
              </div>
            );
          })}
        </SimpleGrid>
        {failure !== null && (
          <Notice color="red" role="alert" title="Not saved">
            {failure}
          </Notice>
        )}
        <Group>
          <Button type="submit" loading={isBusy} disabled={conflicts > 0 || !(isNew || isDirty)}>
            {changed.length > 0 ? `${label} again` : label}
          </Button>
          <Button
            variant="default"
            disabled={isBusy || (onCancel === undefined && !isDirty)}
            onClick={() => {
              keepDraft(draftName, null);
              form.setValues(base.values);
              form.clearErrors();
              setMeanwhile({});
              setFailure(null);
              onCancel?.();
            }}
          >
            {onCancel === undefined ? 'Undo my changes' : 'Cancel'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface FieldProps {
  field: (typeof FIELDS)[number];
  isRequired: boolean;
  input: ReturnType<ReturnType<typeof useForm<Values>>['getInputProps']>;
  inputKey: string;
}

function Field({ field: { label, kind, hint }, isRequired, input, inputKey }: FieldProps) {
  const common = { label, description: hint, withAsterisk: isRequired, inputWrapperOrder: ORDER, ...input };
  if (kind === 'long') return <Textarea key={inputKey} autosize minRows={2} maxRows={8} {...common} />;
  if (kind !== undefined) {
    return (
      <NativeSelect key={inputKey} data={kind.map((value) => ({ value, label: words(value) }))} {...common} />
    );
  }
  return <TextInput key={inputKey} autoComplete="off" {...common} />;
}

/** Hints stay below, so that fields side by side are on one line. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];

interface ChangedProps {
  label: string;
  name: FieldName;
  change: { before: string; theirs: string; isConflict: boolean };
  onTake(): void;
  onKeep(): void;
}

/** What happened to a field meanwhile, beside it. */
const Changed = ({ label, name, change: { before, theirs, isConflict }, onTake, onKeep }: ChangedProps) => (
  <Notice color={isConflict ? 'orange' : 'blue'} p="xs" mt={6} role="group" aria-label={`${label} meanwhile`}>
    <Text size="sm" className="breaks">
      {isConflict ? 'Theirs now: ' : 'Taken up: '}
      <strong>{shown(name, theirs)}</strong>
      {', before: '}
      {shown(name, before)}
    </Text>
    {isConflict && (
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" variant="default" onClick={onTake}>
          Take theirs
        </Button>
        <Button size="compact-sm" variant="default" onClick={onKeep}>
          Keep mine
        </Button>
      </Group>
    )}
  </Notice>
);

const isFieldName = (name: string | null | undefined): name is FieldName =>
  FIELDS.some((field) => field.name === name);

const without = (all: Meanwhile<FieldName>, name: FieldName): Meanwhile<FieldName> => {
  const { [name]: _, ...others } = all;
  return others;
};
