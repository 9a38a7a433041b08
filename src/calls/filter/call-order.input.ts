import { Field, InputType } from 'type-graphql';
import { publishEnum } from '../../graphql/publish-enum.js';
import type { CallOrderField, OrderDirection } from './call-filter.values.js';

const CallOrderFieldEnum = publishEnum<CallOrderField>(
  'CallOrderField',
  'The field that calls are ordered by.',
  {
    CREATED_AT: 'When the gateway created them; the only order in which a call keeps its position.',
    STARTED_AT: 'When they started; calls without a start time come last.',
    UPDATED_AT: 'When the gateway last changed them.',
    OCCURRED_AT: 'When they happened: `occurredAt`.',
    DURATION: 'Their duration; calls without one come last.',
  },
);

export const OrderDirectionEnum = publishEnum<OrderDirection>(
  'OrderDirection',
  'The direction of the order.',
  {
    ASC: 'Ascending: earliest or smallest first; null last.',
    DESC: 'Descending: latest or largest first; null last here, too.',
  },
);

@InputType('CallOrder', {
  description:
    'The order of a list of calls; calls with equal values are ordered by id. E.g. `{ field: DURATION, direction: DESC }`.',
})
export class CallOrderInput {
  @Field(() => CallOrderFieldEnum, { description: 'The field to order by.' })
  field!: CallOrderField;

  @Field(() => OrderDirectionEnum, { defaultValue: 'DESC', description: 'The direction of the order.' })
  direction!: OrderDirection;
}
