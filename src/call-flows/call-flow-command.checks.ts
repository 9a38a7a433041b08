import type { UserErrorData } from '../foundation/refusal.js';
import { withoutNulls } from '../foundation/without-nulls.js';
import { atLeast, checkList, checkRange, notEmpty, problem } from '../graphql/input-checks.js';
import type { CallFlowCommandInput } from './call-flow-command.input.js';
import type { FlowCommand } from './flow-command.js';

const COMMANDS: [number, number] = [1, 20];
const CONDITIONS: [number, number] = [0, 20];
const MEDIA: [number, number] = [1, 20];
const RING_TIMEOUT: [number, number] = [3, 120];
const PAUSE_MILLISECONDS: [number, number] = [0, 30_000];

type Members = Required<CallFlowCommandInput>;
type Name = keyof Members;
type Checks = { [N in Name]: (options: Members[N], path: string[]) => UserErrorData[] };
interface Common {
  conditions?: FlowCommand['conditions'] | null;
  loop?: number | null;
  timeout?: number | null;
}

const checkMedia = (media: string[] | null | undefined, path: string[], least = MEDIA[0]) =>
  checkList(media, path, [least, MEDIA[1]], notEmpty);

/** Bird's ranges; Bird accepts any value for the other options, e.g. locales. */
const CHECKS: Checks = {
  answer: ({ media }, path) => checkMedia(media, [...path, 'media'], 0),
  ringing: () => [],
  hangup: () => [],
  pause: ({ pauseSeconds }, path) => atLeast(0, pauseSeconds, [...path, 'pauseSeconds'], 'seconds'),
  playback: ({ media, pauseMilliseconds }, path) => [
    ...checkMedia(media, [...path, 'media']),
    ...checkRange(pauseMilliseconds, [...path, 'pauseMilliseconds'], PAUSE_MILLISECONDS, 'milliseconds'),
  ],
  say: ({ text }, path) => notEmpty(text, [...path, 'text']),
  gather: ({ say, playback, maxNumKeys, retries }, path) => [
    ...(say != null && playback != null ? problem(path, 'gather takes say or playback, not both.') : []),
    ...notEmpty(say?.text, [...path, 'say', 'text']),
    ...checkMedia(playback?.media, [...path, 'playback', 'media']),
    ...atLeast(0, maxNumKeys, [...path, 'maxNumKeys']),
    ...atLeast(0, retries, [...path, 'retries']),
  ],
  record: ({ maxLength }, path) => atLeast(0, maxLength, [...path, 'maxLength'], 'seconds'),
  bridge: ({ to, ringTimeout, maxDuration }, path) => [
    ...notEmpty(to, [...path, 'to']),
    ...checkRange(ringTimeout, [...path, 'ringTimeout'], RING_TIMEOUT, 'seconds'),
    ...atLeast(1, maxDuration, [...path, 'maxDuration'], 'seconds'),
  ],
};

function memberOf(command: CallFlowCommandInput): [Name, Common & Record<string, unknown>] {
  const name = (Object.keys(command) as Name[]).find((each) => command[each] != null);
  if (name === undefined) throw new TypeError('A command must have one member.');
  return [name, command[name] as Common & Record<string, unknown>];
}

function checkCommand(command: CallFlowCommandInput, path: string[]): UserErrorData[] {
  const [name, options] = memberOf(command);
  const at = [...path, name];
  const check = CHECKS[name] as (options: object, path: string[]) => UserErrorData[];
  return [
    ...checkList(options.conditions, [...at, 'conditions'], CONDITIONS, () => []),
    ...atLeast(0, options.loop, [...at, 'loop']),
    ...atLeast(0, options.timeout, [...at, 'timeout'], 'seconds'),
    ...check(options, at),
  ];
}

export function checkFlowCommands(commands: CallFlowCommandInput[], path: string[]): UserErrorData[] {
  return checkList(commands, path, COMMANDS, checkCommand);
}

export function toFlowCommands(commands: CallFlowCommandInput[]): FlowCommand[] {
  return commands.map((command) => {
    const [name, { conditions, ...options }] = memberOf(command);
    return {
      command: name.toUpperCase() as Uppercase<Name>,
      conditions: (conditions ?? []).map((condition) => ({ ...condition })),
      options: withoutNulls(options),
    };
  });
}
