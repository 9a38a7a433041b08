import { AccordionChevron, ActionIcon, Button, CloseIcon, Group, Text, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { flushSync } from 'react-dom';
import type { ShownStep } from './diagram-layout';
import { type ChangeDraft, changeStep, type Draft, moveStep, removeStep } from './draft';
import { StepText } from './flow-steps';
import type { Problem } from './problems';
import { StepForm } from './step-form';

interface DraftStepsProps {
  draft: Draft;
  change: ChangeDraft;
  shownSteps: readonly ShownStep[];
  problems: readonly Problem[];
}

/** What the diagram does by dragging, by buttons. */
export function DraftSteps({ draft, change, shownSteps, problems }: DraftStepsProps) {
  const { steps, open } = draft;
  const [said, say] = useState('');
  const move = (step: ShownStep, to: number, button: HTMLElement) => {
    // A browser may take the focus from what is moved.
    flushSync(() => change((now) => moveStep(now, step.key, to)));
    button.focus();
    say(`${step.title} is step ${to + 1} of ${steps.length} now.`);
  };
  const remove = (step: ShownStep, index: number) => {
    flushSync(() => change((now) => removeStep(now, step.key)));
    const after = steps[index + 1] ?? steps[index - 1];
    document.getElementById(after ? editId(after.key) : 'flow-palette')?.focus();
    say(`${step.title} is removed.`);
  };
  return (
    <div>
      <VisuallyHidden role="status">{said}</VisuallyHidden>
      {steps.length === 0 && <Text c="dimmed">No steps yet: add one, or drag one into the diagram.</Text>}
      <ol className="flow-rows" aria-label="Steps of the draft">
        {shownSteps.map((shown, index) => {
          const step = steps[index];
          if (step === undefined) return null;
          const own = problems.filter((problem) => problem.step === shown.key);
          const name = `step ${index + 1}, ${shown.title}`;
          return (
            <li key={shown.key} className="flow-row" data-step={shown.key}>
              <div className="flow-row-head">
                <StepText step={shown} number={index + 1} />
                <Group gap={4} wrap="nowrap" ml="auto">
                  <MoveButton
                    label={`Move ${name} up`}
                    isOff={index === 0}
                    onPress={(button) => move(shown, index - 1, button)}
                  >
                    <AccordionChevron size={16} style={{ transform: 'rotate(180deg)' }} />
                  </MoveButton>
                  <MoveButton
                    label={`Move ${name} down`}
                    isOff={index === steps.length - 1}
                    onPress={(button) => move(shown, index + 1, button)}
                  >
                    <AccordionChevron size={16} />
                  </MoveButton>
                  <Button
                    id={editId(shown.key)}
                    variant="default"
                    size="compact-sm"
                    aria-label={`${shown.isOpen ? 'Close' : 'Edit'} ${name}`}
                    aria-expanded={shown.isOpen}
                    onClick={() => change((now) => ({ ...now, open: open === shown.key ? null : shown.key }))}
                  >
                    {shown.isOpen ? 'Close' : 'Edit'}
                  </Button>
                  <ActionIcon
                    variant="default"
                    aria-label={`Remove ${name}`}
                    onClick={() => remove(shown, index)}
                  >
                    <CloseIcon size="16" />
                  </ActionIcon>
                </Group>
              </div>
              {!shown.isOpen &&
                own.map(({ path, message }) => (
                  <Text key={path.join('.')} size="sm" c="var(--mantine-color-error)">
                    {message}
                  </Text>
                ))}
              {shown.isOpen && (
                <StepForm
                  step={step}
                  name={name}
                  problems={own}
                  onChange={(options) => change((now) => changeStep(now, shown.key, options))}
                />
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

interface MoveButtonProps {
  label: string;
  isOff: boolean;
  onPress(button: HTMLElement): void;
  children: ReactNode;
}

/** At an end it does nothing, but keeps the focus. */
const MoveButton = ({ label, isOff, onPress, children }: MoveButtonProps) => (
  <ActionIcon
    variant="default"
    aria-label={label}
    aria-disabled={isOff}
    {...(isOff && { 'data-disabled': true })}
    onClick={({ currentTarget }) => !isOff && onPress(currentTarget)}
  >
    {children}
  </ActionIcon>
);

const editId = (key: string): string => `${key}.edit`;
