import { Field, InputType, Int } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkLength, checkList, checkRange, checkStrings, problem } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import type { MatchCallField } from './call-event.enums.js';
import { MatchCallFieldEnum } from './call-event-enums.type.js';
import type { NewMatchRule } from './match-rule.service.js';

const NAME: [number, number] = [1, 100];
const STEPS: [number, number] = [1, 32];
const STEP: [number, number] = [1, 500];
/** Minutes, up to thirty days. */
const WINDOW: [number, number] = [1, 43_200];

@InputType({
  description:
    'A new match rule, e.g. `{ name: "caller", metadataPath: ["ani"], callField: FROM }`. callMetadataPath is required for METADATA and INVALID for other fields.',
})
export class CreateMatchRuleInput {
  @Field(() => String, { description: 'A display name; 1 to 100 characters.' })
  name!: string;

  @Field(() => [String], {
    description:
      'The path of the value in the event\'s metadata, key by key, e.g. `["caller", "number"]`; 1 to 32 keys.',
  })
  metadataPath!: string[];

  @Field(() => MatchCallFieldEnum, { description: 'The field of the call that the value is compared with.' })
  callField!: MatchCallField;

  @Field(() => [String], {
    nullable: true,
    description: "The path of the value in the call's metadata; required for METADATA, otherwise INVALID.",
  })
  callMetadataPath?: string[] | null;

  @Field(() => Int, {
    defaultValue: 1440,
    description:
      "The largest distance in minutes between the call's time (`startedAt`, else `ringingAt`, else `createdAt`) and `eventTime`; 1 to 43,200.",
  })
  windowMinutes!: number;
}

export function checkMatchRule(input: CreateMatchRuleInput, path: string[]): UserErrorData[] {
  return [...checkRuleValues(input, path), ...checkRulePaths(input, path)];
}

type RuleValues = { [Field in keyof CreateMatchRuleInput]?: CreateMatchRuleInput[Field] | null };

export function checkRuleValues(input: RuleValues, path: string[]): UserErrorData[] {
  const { name, metadataPath, callMetadataPath, windowMinutes } = input;
  const at = (field: string) => [...path, field];
  const checkSteps = (steps: string[] | null | undefined, field: string) =>
    checkList(steps, at(field), STEPS, (step, itemPath) => checkLength(step, itemPath, STEP));
  return [
    ...checkStrings(input, path),
    ...checkLength(name, at('name'), NAME),
    ...checkSteps(metadataPath, 'metadataPath'),
    ...checkSteps(callMetadataPath, 'callMetadataPath'),
    ...checkRange(windowMinutes, at('windowMinutes'), WINDOW, 'minutes'),
  ];
}

export function checkRulePaths(
  { callField, callMetadataPath }: Pick<CreateMatchRuleInput, 'callField' | 'callMetadataPath'>,
  path: string[],
): UserErrorData[] {
  const at = (field: string) => [...path, field];
  return [
    ...(callField === 'METADATA' && callMetadataPath == null
      ? problem(at('callMetadataPath'), 'callMetadataPath is required if callField is METADATA.')
      : []),
    ...(callField !== 'METADATA' && callMetadataPath != null
      ? problem(
          at('callMetadataPath'),
          `callMetadataPath is allowed only if callField is METADATA, not ${callField}.`,
        )
      : []),
  ];
}

export function toMatchRule(input: CreateMatchRuleInput): NewMatchRule {
  const { name, metadataPath, callField, callMetadataPath = null, windowMinutes, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  return { name, metadataPath, callField, callMetadataPath, windowMinutes };
}
