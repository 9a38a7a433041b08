import { Field, InputType } from 'type-graphql';
import { checkGroup } from '../calls/call.input.js';
import { CallGroupInput } from '../calls/group/call-group.type.js';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../graphql/filter-input.js';
import type { Only } from '../graphql/only.js';
import { DateTimeRange } from '../graphql/range.input.js';
import type { CallEventMatch } from './call-event.enums.js';
import { CallEventMatchEnum } from './call-event-enums.type.js';
import type { CallEventFilter } from './call-event-filter.values.js';

@InputType('CallEventFilter', {
  description:
    'Selects the events for which all given members hold. Null is the same as omitted; an empty list matches nothing. E.g. `{ match: [PENDING, AMBIGUOUS] }`.',
})
export class CallEventFilterInput {
  @Field(() => [CallEventMatchEnum], {
    nullable: true,
    description: '`match` is one of these; at most 100.',
  })
  match?: CallEventMatch[] | null;

  @Field(() => String, { nullable: true, description: 'The event named exactly this session.' })
  sessionId?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `eventId`.' })
  eventId?: string | null;

  @Field(() => CallGroupInput, {
    nullable: true,
    description: 'The event named this group; an unknown group has no events.',
  })
  group?: CallGroupInput | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it happened.' })
  eventTime?: DateTimeRange | null;
}

export function checkCallEventFilter(
  filter: CallEventFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  return [
    ...checkFilter(filter, path),
    ...(filter.group == null ? [] : checkGroup(filter.group, [...path, 'group'])),
  ];
}

export function toCallEventFilter(input: CallEventFilterInput | null | undefined): CallEventFilter {
  input satisfies Only<typeof input, CallEventFilter>;
  const sessionId = input?.sessionId?.trim();
  return withoutNullMembers({
    ...input,
    sessionId,
    eventTime: withoutNullMembersIn(input?.eventTime),
  }) as CallEventFilter;
}
