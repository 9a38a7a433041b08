import { Field, InputType, Int } from 'type-graphql';
import { refuseIf, type UserErrorData } from '../foundation/refusal.js';
import { notNull } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import type { MatchCallField } from './call-event.enums.js';
import { MatchCallFieldEnum } from './call-event-enums.type.js';
import { checkRulePaths, checkRuleValues } from './match-rule.input.js';
import type { NewMatchRule } from './match-rule.service.js';

@InputType({
  description:
    'The members of a match rule to change. An omitted one keeps its value, and null is INVALID, but for callMetadataPath. The rule as a whole must be right: see CreateMatchRuleInput.',
})
export class UpdateMatchRuleInput {
  @Field(() => String, { nullable: true, description: 'A display name; 1 to 100 characters.' })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "The path of the value in the event's metadata, key by key; 1 to 32 keys.",
  })
  metadataPath?: string[] | null;

  @Field(() => MatchCallFieldEnum, {
    nullable: true,
    description: 'The field of the call that the value is compared with.',
  })
  callField?: MatchCallField | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "The path of the value in the call's metadata, for METADATA. Null clears it, and so does another callField if it is omitted.",
  })
  callMetadataPath?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The largest distance in minutes; 1 to 43,200.',
  })
  windowMinutes?: number | null;
}

export function checkRuleChange(input: UpdateMatchRuleInput, path: string[]): UserErrorData[] {
  const never = ['name', 'metadataPath', 'callField', 'windowMinutes'] as const;
  return [...never.flatMap((name) => notNull(input[name], [...path, name])), ...checkRuleValues(input, path)];
}

/** @throws Refusal INVALID, if the rule as a whole would be wrong */
export function toRuleChange(
  input: UpdateMatchRuleInput,
  stored: NewMatchRule,
  path: string[],
): NewMatchRule {
  const { name, metadataPath, callField, callMetadataPath, windowMinutes, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  const field = callField ?? stored.callField;
  const kept = field === 'METADATA' ? stored.callMetadataPath : null;
  const next = {
    name: name ?? stored.name,
    metadataPath: metadataPath ?? stored.metadataPath,
    callField: field,
    callMetadataPath: callMetadataPath === undefined ? kept : callMetadataPath,
    windowMinutes: windowMinutes ?? stored.windowMinutes,
  };
  refuseIf(checkRulePaths(next, path));
  return next;
}
