import { Field, InputType, Int } from 'type-graphql';
import { checkLength, checkList, checkRange, checkStrings, problem } from '../graphql/input-checks.js';
import type { UserErrorData } from '../refusal.js';
import type { MatchCallField } from './call-event.enums.js';
import { MatchCallFieldEnum } from './call-event-enums.type.js';
import type { NewMatchRule } from './match-rule.service.js';

const NAME: [number, number] = [1, 100];
const STEPS: [number, number] = [1, 32];
const STEP: [number, number] = [1, 500];
/** A month of thirty days. */
const WINDOW: [number, number] = [1, 43_200];

@InputType({
  description:
    'A new match rule, e.g. `{ name: "caller", metadataPath: ["ani"], callField: FROM }`. callMetadataPath goes with METADATA and with nothing else.',
})
export class CreateMatchRuleInput {
  @Field(() => String, { description: 'Its name, for people; 1 to 100 characters.' })
  name!: string;

  @Field(() => [String], {
    description:
      'Where the value stands in the metadata of the event, key by key, e.g. `["caller", "number"]`; 1 to 32 keys.',
  })
  metadataPath!: string[];

  @Field(() => MatchCallFieldEnum, { description: 'What of the call the value is compared with.' })
  callField!: MatchCallField;

  @Field(() => [String], {
    nullable: true,
    description:
      'Where the value stands in the metadata of the call, likewise; due for METADATA, and INVALID otherwise.',
  })
  callMetadataPath?: string[] | null;

  @Field(() => Int, {
    defaultValue: 1440,
    description:
      "How far apart, in minutes, the call's time (`startedAt`, else `ringingAt`, else `createdAt`) and the event's may lie; 1 to 43,200.",
  })
  windowMinutes!: number;
}

/** What is wrong with a rule; paths begin with `path`. */
export function checkMatchRule(input: CreateMatchRuleInput, path: string[]): UserErrorData[] {
  const { name, metadataPath, callField, callMetadataPath, windowMinutes } = input;
  const at = (field: string) => [...path, field];
  const checkSteps = (steps: string[] | null | undefined, field: string) =>
    checkList(steps, at(field), STEPS, (step, place) => checkLength(step, place, STEP));
  return [
    ...checkStrings(input, path),
    ...checkLength(name, at('name'), NAME),
    ...checkSteps(metadataPath, 'metadataPath'),
    ...checkSteps(callMetadataPath, 'callMetadataPath'),
    ...checkRange(windowMinutes, at('windowMinutes'), WINDOW, 'minutes'),
    ...(callField === 'METADATA' && callMetadataPath == null
      ? problem(at('callMetadataPath'), 'callMetadataPath is due where callField is METADATA.')
      : []),
    ...(callField !== 'METADATA' && callMetadataPath != null
      ? problem(at('callMetadataPath'), `callMetadataPath goes with METADATA, not with ${callField}.`)
      : []),
  ];
}

/** A checked rule as the service takes it. */
export function toMatchRule(input: CreateMatchRuleInput): NewMatchRule {
  const { name, metadataPath, callField, callMetadataPath = null, windowMinutes } = input;
  return { name, metadataPath, callField, callMetadataPath, windowMinutes };
}
