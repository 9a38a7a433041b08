import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { flushSync } from 'react-dom';
import { CommandPalette } from './command-palette';
import type { ShownStep } from './diagram-layout';
import { addStep, type ChangeDraft, type Draft, moveStep } from './draft';
import { DraftSteps } from './draft-steps';
import { fieldId } from './field-id';
import { FlowDiagram } from './flow-diagram';
import { type Problem, problemsOf, STEPS } from './problems';
import { type CommandName, conditionsOf, conditionsText, summaryOf, titleOf } from './steps';
import { useReplacement } from './use-replacement';

interface DraftEditorProps {
  callId: string;
  draft: Draft;
  setDraft(draft: Draft | null): void;
  change: ChangeDraft;
  activeRevision: number;
  onReplaced(revision: number): void;
}

/** A new flow: drawn by dragging or by the list, and sent in one piece. */
export function DraftEditor({
  callId,
  draft,
  setDraft,
  change,
  activeRevision,
  onReplaced,
}: DraftEditorProps) {
  const { send, isBusy, lost } = useReplacement(callId, setDraft);
  const { steps, base, open, errors, wasTried } = draft;
  const found = problemsOf(steps);
  const shown = [...found.filter(({ isMissing }) => wasTried || !isMissing), ...draft.refused];
  const shownSteps = steps.map(
    ({ key, command, options }): ShownStep => ({
      key,
      title: titleOf(command),
      summary: summaryOf({ command, options }),
      conditions: conditionsText(conditionsOf(options)),
      status: null,
      isOpen: key === open,
      isWrong: shown.some(({ step }) => step === key),
    }),
  );
  const replace = async () => {
    const [first] = found;
    if (first !== undefined) {
      // The form must be there before its field is focused.
      flushSync(() => setDraft({ ...draft, wasTried: true, open: first.step }));
      document.getElementById(fieldId(first.step, first.path))?.focus();
      return;
    }
    const revision = await send(draft);
    if (revision !== null) onReplaced(revision);
  };
  const add = (command: CommandName) => {
    const next = addStep(draft, command);
    flushSync(() => setDraft(next));
    if (next.open !== null) document.getElementById(fieldId(next.open, [command]))?.focus();
  };
  const [least, most] = STEPS;
  const isPassed = base !== activeRevision;
  return (
    <Stack gap="md">
      <Group justify="space-between" mih={46}>
        <div>
          <Text fw={600}>{base === 0 ? 'Draft of a flow' : `Draft that replaces flow ${base}`}</Text>
          <Hint problems={shown} steps={shownSteps} />
        </div>
        <Group gap="xs">
          <Button variant="default" onClick={() => setDraft(null)}>
            Discard
          </Button>
          <Button onClick={() => void replace()} loading={isBusy} disabled={steps.length < least}>
            Replace flow
          </Button>
        </Group>
      </Group>
      {lost && (
        <Alert
          color="red"
          role="alert"
          title={lost.isAnswered ? 'The flow was not replaced' : 'No answer came'}
        >
          {lost.message}{' '}
          {!lost.isAnswered &&
            'The flow may be replaced already. Press “Replace flow” again: it is the same request, and makes one flow only.'}
        </Alert>
      )}
      {isPassed && (
        <Alert color="orange" role="alert" title={`Flow ${activeRevision} is active by now`}>
          <Group justify="space-between">
            <Text size="sm">
              This draft was begun on {base === 0 ? 'a call without a flow' : `flow ${base}`}.
            </Text>
            <Button
              variant="default"
              size="xs"
              onClick={() => change((now) => ({ ...now, base: activeRevision, errors: [] }))}
            >
              Replace flow {activeRevision} by it
            </Button>
          </Group>
        </Alert>
      )}
      {errors.map(({ code, message }) => (
        <Alert key={message} color="red" role="alert" title={TITLES[code] ?? 'The flow was not replaced'}>
          {message}
        </Alert>
      ))}
      <div className="flow-columns">
        <FlowDiagram
          steps={shownSteps}
          actions={{
            onOpen: (key) => change((now) => ({ ...now, open: key })),
            onMove: (key, to) => change((now) => moveStep(now, key, to)),
            onAdd: (command, at) => change((now) => addStep(now, command, at)),
          }}
        />
        <Stack gap="md">
          <DraftSteps draft={draft} change={change} shownSteps={shownSteps} problems={shown} />
          <CommandPalette isFull={steps.length >= most} onAdd={add} />
        </Stack>
      </div>
    </Stack>
  );
}

const TITLES: Readonly<Partial<Record<string, string>>> = {
  CALL_ENDED: 'The call has ended',
  REVISION_CONFLICT: 'Another flow is active by now',
};

/** In the place of a hint, so that nothing below moves. */
function Hint({ problems, steps }: { problems: readonly Problem[]; steps: readonly ShownStep[] }) {
  const wrong = steps.flatMap(({ isWrong, title }, index) =>
    isWrong ? [`step ${index + 1}, ${title}`] : [],
  );
  return (
    <Text size="sm" c={problems.length > 0 ? 'var(--mantine-color-error)' : 'dimmed'} role="status">
      {problems.length > 0
        ? `Not right yet: ${wrong.join('; ')}.`
        : 'It is sent in one piece, and checked before.'}
    </Text>
  );
}
