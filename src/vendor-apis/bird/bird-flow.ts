import type { CallFlowCommandInput } from '../../call-flows/call-flow-command.input.js';
import { described, FLAG, integer, STRING, words } from '../schemas.js';
import type { JsonSchema } from '../vendor-api.js';

/** Of options, another member is refused: it would be lost. */
const options = (properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const MEDIA: JsonSchema = { type: 'array', items: STRING };

/** By command. The ranges that are not here are those of replaceCallFlow. */
const OPTIONS: Record<keyof CallFlowCommandInput, JsonSchema> = {
  answer: options({ media: MEDIA, loop: integer(), timeout: integer() }),
  ringing: options({}),
  hangup: options({}),
  pause: options({ pauseSeconds: integer() }, ['pauseSeconds']),
  playback: options(
    { media: MEDIA, loop: integer(), timeout: integer(), pauseMilliseconds: integer(0, 30_000) },
    ['media'],
  ),
  say: options({ text: STRING, locale: STRING, voice: STRING, loop: integer(), timeout: integer() }, [
    'text',
  ]),
  gather: options({
    input: STRING,
    maxNumKeys: integer(),
    endKey: STRING,
    timeout: integer(),
    retries: integer(),
    speechLocale: STRING,
    say: options({ text: STRING, locale: STRING, voice: STRING }, ['text']),
    playback: options({ media: MEDIA }, ['media']),
  }),
  record: options({
    endKey: STRING,
    maxLength: integer(),
    timeout: integer(),
    beep: FLAG,
    transcribe: FLAG,
    transcribeLocale: STRING,
  }),
  bridge: options(
    {
      to: STRING,
      from: STRING,
      ringTimeout: integer(3, 120),
      maxDuration: integer(1),
      ringTone: STRING,
      hangupAfterBridge: FLAG,
      record: FLAG,
      recordStart: STRING,
      recordStereo: FLAG,
    },
    ['to'],
  ),
};

const CONDITION: JsonSchema = {
  type: 'object',
  properties: { variable: STRING, operator: described(STRING, '`eq` if it is left out.'), value: STRING },
  required: ['variable', 'value'],
};

const commandSchema = ([command, schema]: [string, JsonSchema]): JsonSchema => {
  const needsOptions = (schema.required as readonly string[]).length > 0;
  return {
    type: 'object',
    title: command,
    properties: {
      command: { type: 'string', enum: [command] },
      options: needsOptions ? schema : { ...schema, nullable: true },
      conditions: { type: 'array', items: CONDITION },
    },
    required: needsOptions ? ['command', 'options'] : ['command'],
  };
};

export const FLOW: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 20,
  items: {
    type: 'object',
    discriminator: { propertyName: 'command' },
    properties: { command: words(Object.keys(OPTIONS)) },
    required: ['command'],
    oneOf: Object.entries(OPTIONS).map(commandSchema),
  },
};

export interface BirdCommand {
  command: keyof CallFlowCommandInput;
  options?: object | null;
  conditions?: { variable: string; operator?: string; value: string }[];
}

export const toCommandInputs = (flow: readonly BirdCommand[]): CallFlowCommandInput[] =>
  flow.map(({ command, options, conditions = [] }) => ({
    [command]: {
      ...options,
      conditions: conditions.map(({ variable, operator = 'eq', value }) => ({ variable, operator, value })),
    },
  }));

/** Where replaceCallFlow says `commands.0.say.text`, Bird's request has `callFlow.0.options.text`. */
export function birdPath(path: readonly string[]): string[] {
  const [first = '', index = '', command = '', ...rest] = path;
  if (first !== 'commands') return [...path];
  const isOption = rest.length > 0 && rest[0] !== 'conditions';
  return ['callFlow', index, ...(command === '' || !isOption ? [] : ['options']), ...rest].filter(Boolean);
}
