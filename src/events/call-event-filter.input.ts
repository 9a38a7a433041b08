import { Field, InputType } from 'type-graphql';
import { checkGroup } from '../calls/call.input.js';
import { CallGroupInput } from '../calls/call-group.type.js';
import { checkFilter, given, givenIn } from '../graphql/filter-input.js';
import { DateTimeRange } from '../graphql/range.input.js';
import type { UserErrorData } from '../refusal.js';
import type { CallEventMatch } from './call-event.enums.js';
import { CallEventMatchEnum } from './call-event-enums.type.js';
import type { CallEventFilter as Filter } from './call-event-filter.js';

@InputType({
  description:
    'Which events are found: those for which every member given holds. Null is the same as left out; an empty list finds nothing. E.g. `{ match: [PENDING, AMBIGUOUS] }`.',
})
export class CallEventFilter {
  @Field(() => [CallEventMatchEnum], {
    nullable: true,
    description: 'Whether the call is known is one of these; at most 100.',
  })
  match?: CallEventMatch[] | null;

  @Field(() => String, { nullable: true, description: 'It named exactly this session.' })
  sessionId?: string | null;

  @Field(() => String, { nullable: true, description: "Exactly this id of the sender's." })
  eventId?: string | null;

  @Field(() => CallGroupInput, {
    nullable: true,
    description: 'It named this group; a group that is unknown has no events.',
  })
  group?: CallGroupInput | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it happened.' })
  eventTime?: DateTimeRange | null;
}

/** What is wrong with a filter, [] if it can be asked for; paths begin with `path`. */
export function checkCallEventFilter(
  filter: CallEventFilter | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  return [
    ...checkFilter(filter, path),
    ...(filter.group == null ? [] : checkGroup(filter.group, [...path, 'group'])),
  ];
}

/** A checked filter as the services take it: what is no condition is left out. */
export function toCallEventFilter(input: CallEventFilter | null | undefined): Filter {
  return given({ ...input, eventTime: givenIn(input?.eventTime) }) as Filter;
}
