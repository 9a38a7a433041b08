import { Field, ID, InputType } from 'type-graphql';
import { CallLocator, checkCallLocator, toCallTarget } from '../../calls/call.input.js';
import type { UserErrorData } from '../../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../../graphql/filter-input.js';
import { uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import type { Only } from '../../graphql/only.js';
import { DateTimeRange } from '../../graphql/range.input.js';
import type { DeliveryKind, DeliveryState } from './delivery.enums.js';
import { DeliveryKindEnum, DeliveryStateEnum } from './delivery-enums.type.js';
import type { DeliveryFilter } from './delivery-filter.values.js';

@InputType('DeliveryFilter', {
  description:
    'Selects the deliveries for which all given members hold. Null is the same as omitted; an empty list matches nothing. E.g. `{ state: [DEAD, EXPIRED] }`.',
})
export class DeliveryFilterInput {
  @Field(() => [DeliveryStateEnum], {
    nullable: true,
    description: '`state` is one of these; at most 100.',
  })
  state?: DeliveryState[] | null;

  @Field(() => [DeliveryKindEnum], { nullable: true, description: '`kind` is one of these; at most 100.' })
  kind?: DeliveryKind[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'It goes to this vendor account; an unknown one has no deliveries.',
  })
  account?: string | null;

  @Field(() => CallLocator, {
    nullable: true,
    description:
      'It is about this call. In a list, an unknown call has no deliveries; in a subscription it is NOT_FOUND.',
  })
  call?: CallLocator | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it was written.' })
  createdAt?: DateTimeRange | null;
}

export function checkDeliveryFilter(
  filter: DeliveryFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  const { account, call } = filter;
  return [
    ...checkFilter(filter, path),
    ...(account == null ? [] : checkId('vendor_account', account, [...path, 'account'])),
    ...(call == null ? [] : checkCallLocator(call, [...path, 'call'])),
  ];
}

/** For a filter that was checked. */
export function toDeliveryFilter(input: DeliveryFilterInput | null | undefined): DeliveryFilter {
  input satisfies Only<typeof input, DeliveryFilter>;
  const { account, call } = input ?? {};
  return withoutNullMembers({
    ...input,
    account: account && uuidOf('vendor_account', account),
    call: call && namedBy(call),
    createdAt: withoutNullMembersIn(input?.createdAt),
  }) as DeliveryFilter;
}

/** Without its label: a filter by the same call has the same cursors. */
function namedBy(call: CallLocator): DeliveryFilter['call'] {
  const target = toCallTarget(call, []);
  return 'id' in target ? { id: target.id } : { reference: target.reference };
}
