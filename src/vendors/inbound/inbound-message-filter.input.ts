import { Field, ID, InputType } from 'type-graphql';
import type { UserErrorData } from '../../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../../graphql/filter-input.js';
import { uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import type { Only } from '../../graphql/only.js';
import { DateTimeRange } from '../../graphql/range.input.js';
import type { InboundMessageState } from './inbound-message.enums.js';
import type { InboundMessageFilter } from './inbound-message-filter.values.js';
import { InboundMessageStateEnum } from './inbound-message-state.type.js';

@InputType('InboundMessageFilter', {
  description:
    'Selects the webhooks for which all given members hold. Null is the same as omitted; an empty list matches nothing. E.g. `{ state: [FAILED, UNRECOGNISED] }`.',
})
export class InboundMessageFilterInput {
  @Field(() => [InboundMessageStateEnum], {
    nullable: true,
    description: '`state` is one of these; at most 100.',
  })
  state?: InboundMessageState[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'It came to this vendor account; an unknown one has none.',
  })
  account?: string | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it came.' })
  receivedAt?: DateTimeRange | null;
}

export function checkInboundMessageFilter(
  filter: InboundMessageFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  const { account } = filter;
  return [
    ...checkFilter(filter, path),
    ...(account == null ? [] : checkId('vendor_account', account, [...path, 'account'])),
  ];
}

/** For a filter that was checked. */
export function toInboundMessageFilter(
  input: InboundMessageFilterInput | null | undefined,
): InboundMessageFilter {
  input satisfies Only<typeof input, InboundMessageFilter>;
  return withoutNullMembers({
    ...input,
    account: input?.account && uuidOf('vendor_account', input.account),
    receivedAt: withoutNullMembersIn(input?.receivedAt),
  }) as InboundMessageFilter;
}
