import { Arg, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { refuseIf } from '../foundation/refusal.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { encodeId, uuidOf } from '../graphql/ids.js';
import { checkId } from '../graphql/input-checks.js';
import type { Scope } from '../identity/identity.enums.js';
import { CreateMatchRulePayload, DeleteMatchRulePayload } from './call-event.payload.js';
import { CreateMatchRuleInput, checkMatchRule, toMatchRule } from './match-rule.input.js';
import type { NewMatchRule } from './match-rule.service.js';
import { MatchRule } from './match-rule.type.js';
import { checkRuleChange, toRuleChange, UpdateMatchRuleInput } from './update-match-rule.input.js';

@Resolver()
export class MatchRuleResolver {
  @Authorized<Scope>('ADMIN')
  @Query(() => [MatchRule], {
    nullable: true,
    description:
      'The rules that find the call of an event that names none, newest first. The oldest rule with a candidate decides. Requires ADMIN. E.g. `{ matchRules { id name metadataPath callField windowMinutes } }`.',
  })
  matchRules(@Ctx() { services, viewer }: Context) {
    return services.matchRules.list(viewer);
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => CreateMatchRulePayload, {
    nullable: true,
    description:
      'Creates a match rule and applies it at once to waiting events. At most 100 rules (LIMIT_EXCEEDED). E.g. `mutation { createMatchRule(input: { name: "caller", metadataPath: ["ani"], callField: FROM }) { matchRule { id } errors { code path } } }`.',
  })
  createMatchRule(
    @Arg('input', () => CreateMatchRuleInput, { description: 'The rule.' }) input: CreateMatchRuleInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkMatchRule(input, ['input']));
      return { matchRule: await services.matchRules.create(viewer, toMatchRule(input)) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => CreateMatchRulePayload, {
    nullable: true,
    description:
      'Changes a match rule, which keeps its rank, and applies it at once to waiting events. Events that it matched or left AMBIGUOUS before stay so. E.g. `mutation { updateMatchRule(id: "match_rule_…", input: { windowMinutes: 60 }) { matchRule { id } errors { code path } } }`.',
  })
  updateMatchRule(
    @Arg('id', () => ID, {
      description:
        'The id of the rule, e.g. `match_rule_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    id: string,
    @Arg('input', () => UpdateMatchRuleInput, { description: 'What to change.' }) input: UpdateMatchRuleInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      const rule = ruleCalled(id);
      refuseIf(checkRuleChange(input, ['input']));
      const change = (stored: NewMatchRule) => toRuleChange(input, stored, ['input']);
      return { matchRule: await services.matchRules.update(viewer, rule, change) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => DeleteMatchRulePayload, {
    nullable: true,
    description: 'Deletes a match rule. Events that it matched keep it as `matchedBy`.',
  })
  deleteMatchRule(
    @Arg('id', () => ID, {
      description:
        'The id of the rule, e.g. `match_rule_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    id: string,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      const rule = ruleCalled(id);
      return { id: encodeId('match_rule', await services.matchRules.delete(viewer, rule)) };
    });
  }
}

function ruleCalled(id: string) {
  refuseIf(checkId('match_rule', id, ['id']));
  return { id: uuidOf('match_rule', id) ?? '', path: [], label: `id ${id}` };
}
