import { COMMAND_INPUTS } from '../gql/flow-inputs';
import type { CallFlowCommandInput, UserError } from '../gql/graphql';
import type { Problem } from './problems';
import { type CommandName, type FlowCommand, isOptions, type Options, type Step, stepOf } from './steps';

/** A flow that is being drawn and is not sent yet. */
export interface Draft {
  /** Revision of the flow that it is to replace; 0 for none. */
  base: number;
  steps: readonly Step[];
  /** Key of the step whose form is open. */
  open: string | null;
  /** What the gateway refused, until the step is changed. */
  refused: readonly Problem[];
  /** The same of what no step is to blame for. */
  errors: readonly Refusal[];
  /** Whether it was to be sent: what is missing is shown from then on. */
  wasTried: boolean;
  attempt: Attempt | null;
}

export type Refusal = Pick<UserError, 'code' | 'message' | 'path' | 'details'>;

/** A request that may have arrived. The same commands are sent with the same key, so that they make one flow. */
export interface Attempt {
  body: string;
  idempotencyKey: string;
}

export const newDraft = (base: number, commands: readonly FlowCommand[] = []): Draft => ({
  base,
  steps: commands.map(stepOf),
  open: null,
  refused: [],
  errors: [],
  wasTried: false,
  attempt: null,
});

/** Of this page alone: what the gateway makes has ids of its own. */
const newKey = (): string => `step-${randomText()}`;

/** `crypto.randomUUID` is there on secure pages alone. */
function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function addStep(draft: Draft, command: CommandName, at = draft.steps.length): Draft {
  const step: Step = { key: newKey(), command, options: {} };
  return { ...draft, steps: draft.steps.toSpliced(at, 0, step), open: step.key };
}

export function moveStep(draft: Draft, key: string, to: number): Draft {
  const from = draft.steps.findIndex((step) => step.key === key);
  const step = draft.steps[from];
  if (step === undefined || to < 0 || to >= draft.steps.length) return draft;
  return { ...draft, steps: draft.steps.toSpliced(from, 1).toSpliced(to, 0, step) };
}

export const removeStep = (draft: Draft, key: string): Draft => ({
  ...draft,
  steps: draft.steps.filter((step) => step.key !== key),
  refused: draft.refused.filter(({ step }) => step !== key),
  open: draft.open === key ? null : draft.open,
});

export const changeStep = (draft: Draft, key: string, options: Options): Draft => ({
  ...draft,
  steps: draft.steps.map((step) => (step.key === key ? { ...step, options } : step)),
  refused: draft.refused.filter(({ step }) => step !== key),
});

/** The one before, as long as nothing has changed since. */
export function attemptOf({ attempt, base }: Draft, commands: readonly CallFlowCommandInput[]): Attempt {
  const body = JSON.stringify({ base, commands });
  return attempt?.body === body ? attempt : { body, idempotencyKey: randomText() };
}

/** Puts what names a step, as `["commands", "2", "say", "text"]` does, to that step. */
export function withRefusals(draft: Draft, errors: readonly Refusal[]): Draft {
  const refused: Problem[] = [];
  const others: Refusal[] = [];
  for (const error of errors) {
    const [argument, index, ...path] = error.path ?? [];
    const step = argument === 'commands' ? draft.steps[Number(index)] : undefined;
    if (step === undefined) others.push(error);
    else refused.push({ step: step.key, path, message: error.message, isMissing: false });
  }
  return { ...draft, refused, errors: others, open: refused[0]?.step ?? draft.open };
}

export type ChangeDraft = (change: (draft: Draft) => Draft) => void;

export const isDraft = (kept: unknown): kept is Draft =>
  isOptions(kept) &&
  typeof kept.base === 'number' &&
  [kept.steps, kept.refused, kept.errors].every(Array.isArray) &&
  (kept.steps as unknown[]).every(isStep);

const isStep = (kept: unknown): kept is Step =>
  isOptions(kept) && isOptions(kept.options) && String(kept.command) in COMMAND_INPUTS;
