import { COMMAND_INPUTS, type FlowInputs, INPUT_FIELDS } from '../gql/flow-inputs';
import type { CallFlowCommandInput, CallFlowConditionInput, FlowFragment } from '../gql/graphql';
import { words } from '../ui/words';

export type CommandName = keyof typeof COMMAND_INPUTS;
export type InputName = keyof FlowInputs;

export interface Field {
  readonly name: string;
  readonly type: InputName | 'Int' | 'String' | 'Boolean';
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly description: string;
}

/** Values of an input by its fields; of a draft, so that some may be missing or wrong. */
export interface Options {
  readonly [field: string]: unknown;
}

export interface Step {
  /** Of this page; the gateway's id where the step comes from a flow. */
  key: string;
  command: CommandName;
  options: Options;
}

export type FlowCommand = FlowFragment['commands'][number];
export type Condition = Required<CallFlowConditionInput>;

export const COMMAND_NAMES = Object.keys(COMMAND_INPUTS) as CommandName[];

export const fieldsOf = (input: InputName): readonly Field[] => INPUT_FIELDS[input];

export const isInput = (type: Field['type']): type is InputName => type in INPUT_FIELDS;

export const commandName = (command: FlowCommand['command']): CommandName =>
  command.toLowerCase() as Lowercase<FlowCommand['command']>;

/** E.g. `maxNumKeys`, shown as `Max num keys`. */
export const labelOf = (field: string): string => words(field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`));

export const titleOf = (command: CommandName): string => words(command);

export const isOptions = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const conditionsOf = ({ conditions }: Options): readonly Condition[] =>
  Array.isArray(conditions) ? conditions : [];

type CommandOf<Name extends CommandName> = Extract<FlowCommand, { __typename: `${Capitalize<Name>}Command` }>;

/** A step's command with all fields of its input: what the fragment leaves out, a draft of it would lose. */
type WholeCommand = {
  [Name in CommandName]: CommandOf<Name> & Record<keyof FlowInputs[(typeof COMMAND_INPUTS)[Name]], unknown>;
}[CommandName];

/** A step of a new flow that does what one of an earlier flow does. The compiler refuses a fragment that lacks a field. */
export function stepOf(command: FlowCommand): Step {
  const { id, ...whole }: WholeCommand = command;
  const name = commandName(whole.command);
  return { key: id, command: name, options: chosen(COMMAND_INPUTS[name], whole) };
}

/** The values of the input's fields that are there. */
function chosen(input: InputName, values: object): Options {
  const all: Options = { ...values };
  const options: Record<string, unknown> = {};
  for (const { name, type, isList } of fieldsOf(input)) {
    const value = all[name];
    if (value == null) continue;
    if (!isInput(type)) options[name] = value;
    else if (isList && Array.isArray(value)) options[name] = value.map((each) => chosen(type, each));
    else if (isOptions(value)) options[name] = chosen(type, value);
  }
  return options;
}

/** The forms are made of the fields of the input, and `problemsOf` says what is missing of it. */
export const toInput = ({ command, options }: Step): CallFlowCommandInput =>
  ({ [command]: options }) as Record<CommandName, Options> as unknown as CallFlowCommandInput;

/** Shown without their names: they say what the step does. */
const PLAIN = new Set(['text', 'to', 'media']);

/** The values of a step in a line; its conditions are shown by themselves. */
export const summaryOf = ({ command, options }: Pick<Step, 'command' | 'options'>): string =>
  summary(COMMAND_INPUTS[command], options).join(' · ');

function summary(input: InputName, options: Options): string[] {
  return [...fieldsOf(input)]
    .sort((one, other) => rank(one) - rank(other))
    .flatMap(({ name, type }) => {
      const value = options[name];
      if (name === 'conditions' || value == null || value === '') return [];
      if (isInput(type))
        return isOptions(value) ? [`${labelOf(name)}: ${summary(type, value).join(', ')}`] : [];
      const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : [value].flat().join(', ');
      if (text === '') return [];
      return [PLAIN.has(name) ? text : `${labelOf(name).toLowerCase()} ${text}`];
    });
}

/** What the step does comes before how it does it. */
const rank = ({ name, type }: Field): number => (PLAIN.has(name) ? 0 : isInput(type) ? 1 : 2);

const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: '≠' };

export const conditionsText = (conditions: readonly Condition[]): string =>
  conditions
    .map(({ variable, operator, value }) => `${variable} ${OPERATORS[operator] ?? operator} ${value || '“”'}`)
    .join(' and ');
