import { Field, ID, ObjectType } from 'type-graphql';
import { UserError } from '../graphql/user-error.type.js';
import { CallEvent } from './call-event.type.js';
import { MatchRule } from './match-rule.type.js';

const ERRORS = 'Why nothing was written; empty on success.';

@ObjectType({
  simpleResolvers: true,
  description: 'The result of recordCallEvent, and of each item of recordCallEvents.',
})
export class RecordCallEventPayload {
  @Field(() => CallEvent, {
    nullable: true,
    description:
      'The event, or the first one with the same eventId, as it is now; also returned with ALREADY_EXISTS. Null on any other refusal.',
  })
  event?: CallEvent | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of assignCallEvent and dismissCallEvent.' })
export class AssignCallEventPayload {
  @Field(() => CallEvent, {
    nullable: true,
    description: 'The event as it is now; also returned with ALREADY_EXISTS. Null on any other refusal.',
  })
  event?: CallEvent | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of createMatchRule and updateMatchRule.' })
export class CreateMatchRulePayload {
  @Field(() => MatchRule, { nullable: true, description: 'The rule as it is now; null on refusal.' })
  matchRule?: MatchRule | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of deleteMatchRule.' })
export class DeleteMatchRulePayload {
  @Field(() => ID, {
    nullable: true,
    description: 'The id of the deleted rule, e.g. `match_rule_01h2xcejqtf2nbrexx3vqjhp41`; null on refusal.',
  })
  id?: string | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}
