import { COMMAND_INPUTS, type FlowInputs } from '../gql/flow-inputs';
import {
  type Field,
  fieldsOf,
  type InputName,
  isInput,
  isOptions,
  labelOf,
  type Options,
  type Step,
} from './steps';

/** What is wrong with a field, by its path in the step as the gateway writes it: `["say", "text"]`. */
export interface Problem {
  step: string;
  path: readonly string[];
  message: string;
  /** Whether it is only not there yet. */
  isMissing: boolean;
}

type Range = readonly [least: number, most: number];

/** Of each number its values, and of each list how many it may have. */
type Ranges<Input> = {
  [Name in keyof Input as NonNullable<Input[Name]> extends number | readonly unknown[]
    ? Name
    : never]-?: Range;
};

const MOST = 2 ** 31 - 1;
const ANY: Range = [0, MOST];
const conditions: Range = [0, 20];
const REPEATED = { conditions, loop: ANY, timeout: ANY };

/** As the schema says in its descriptions; a number or a list without a range does not compile. */
const RANGES: { [Name in InputName]: Ranges<FlowInputs[Name]> } = {
  AnswerCommandInput: { ...REPEATED, media: [0, 20] },
  RingingCommandInput: { conditions },
  HangupCommandInput: { conditions },
  PauseCommandInput: { conditions, pauseSeconds: ANY },
  PlaybackCommandInput: { ...REPEATED, media: [1, 20], pauseMilliseconds: [0, 30_000] },
  SayCommandInput: REPEATED,
  GatherCommandInput: { conditions, maxNumKeys: ANY, timeout: ANY, retries: ANY },
  RecordCommandInput: { conditions, maxLength: ANY, timeout: ANY },
  BridgeCommandInput: { conditions, ringTimeout: [3, 120], maxDuration: [1, MOST] },
  CallFlowConditionInput: {},
  SayPromptInput: {},
  PlaybackPromptInput: { media: [1, 20] },
};
export const STEPS: Range = [1, 20];

export const rangeOf = (input: InputName, { name }: Field): Range | undefined => {
  const ranges: Readonly<Record<string, Range>> = RANGES[input];
  return ranges[name];
};

type Found = Omit<Problem, 'step'>;

const missing = (path: readonly string[], message: string): Found[] => [{ path, message, isMissing: true }];
const wrong = (path: readonly string[], message: string): Found[] => [{ path, message, isMissing: false }];

/** What the gateway would refuse. */
export const problemsOf = (steps: readonly Step[]): Problem[] =>
  steps.flatMap(({ key, command, options }) =>
    [...inInput(COMMAND_INPUTS[command], options, [command]), ...inPrompts(options, [command])].map(
      (found) => ({
        step: key,
        ...found,
      }),
    ),
  );

const inPrompts = ({ say, playback }: Options, path: readonly string[]): Found[] =>
  isOptions(say) && isOptions(playback) ? wrong(path, 'The prompt is spoken or played, not both.') : [];

const inInput = (input: InputName, options: Options, path: readonly string[]): Found[] =>
  fieldsOf(input).flatMap((field) => inField(input, field, options[field.name], [...path, field.name]));

function inField(input: InputName, field: Field, value: unknown, path: readonly string[]): Found[] {
  const { type, isRequired } = field;
  const label = labelOf(field.name);
  // What is compared with may be empty.
  const mayBeEmpty = input === 'CallFlowConditionInput' && field.name === 'value';
  if (value == null || (value === '' && !mayBeEmpty)) {
    return isRequired ? missing(path, `${label} is needed.`) : [];
  }
  const [least, most] = rangeOf(input, field) ?? ANY;
  if (Array.isArray(value)) {
    if (value.length < least) return missing(path, `${label}: at least ${least}.`);
    if (value.length > most) return wrong(path, `${label}: at most ${most}.`);
    return value.flatMap((item, index) => {
      const at = [...path, String(index)];
      if (isInput(type)) return isOptions(item) ? inInput(type, item, at) : [];
      return item === '' ? missing(at, `${label}: none may be empty.`) : [];
    });
  }
  if (type === 'Int' && !isWithin(value, [least, most])) {
    return wrong(
      path,
      most === MOST ? `A whole number, ${least} or more.` : `A whole number, ${least} to ${most}.`,
    );
  }
  return isInput(type) && isOptions(value) ? inInput(type, value, path) : [];
}

const isWithin = (value: unknown, [least, most]: Range): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
