import { Field, InputType } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../graphql/filter-input.js';
import type { Only } from '../graphql/only.js';
import { DateTimeRange } from '../graphql/range.input.js';
import type { CallChangeKind } from './call-change.enums.js';
import type { CallChangeFilter } from './call-change-filter.values.js';
import { CallChangeKindEnum } from './call-change-kind.type.js';

@InputType('CallChangeFilter', {
  description:
    'Selects the changes for which all given members hold. Null is the same as omitted; an empty list matches nothing. Lists have at most 100 items. E.g. `{ kind: [METADATA_MERGED, EVENT_APPLIED] }`.',
})
export class CallChangeFilterInput {
  @Field(() => [CallChangeKindEnum], { nullable: true, description: '`kind` is one of these.' })
  kind?: CallChangeKind[] | null;

  @Field(() => [String], { nullable: true, description: '`actor` is exactly one of these.' })
  actor?: string[] | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it was recorded.' })
  recordedAt?: DateTimeRange | null;
}

export function checkCallChangeFilter(
  filter: CallChangeFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  return filter == null ? [] : checkFilter(filter, path);
}

export function toCallChangeFilter(input: CallChangeFilterInput | null | undefined): CallChangeFilter {
  input satisfies Only<typeof input, CallChangeFilter>;
  return withoutNullMembers({
    ...input,
    recordedAt: withoutNullMembersIn(input?.recordedAt),
  }) as CallChangeFilter;
}
